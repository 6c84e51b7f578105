import type { Experiment } from '../../config/schema.js';
import type { FoundRate } from '../../session/find-learning-rate.js';
import { textTable } from './text-table.js';

const MOST_ROWS = 20;

/** What a range test measured, and the rate it suggests. */
export function rangeTestLines(
  { name, train }: Experiment,
  { test: { points, end }, suggestion }: FoundRate,
): string[] {
  const every = Math.ceil(points.length / MOST_ROWS);
  const shown = points.filter(
    (point, i) => i % every === 0 || point === suggestion || i === points.length - 1,
  );
  const rows = shown.map((point) => [
    String(point.step),
    point.learningRate.toExponential(2),
    point.loss.toPrecision(4),
    point.smoothedLoss.toPrecision(4),
    point === suggestion ? '← steepest' : '',
  ]);
  const { learningRate } = train.optimizer;
  const stopped =
    end === 'diverged' ? `; stopped at step ${points.at(-1)!.step}, where the loss exploded` : '';
  return [
    `${name}: ${train.optimizer.name}, batches of ${train.batchSize}${stopped}`,
    '',
    ...textTable(['step', 'learning rate', 'loss', 'smoothed', ''], rows, 0).map((line) =>
      line.replace(/ +←/, '  ←'),
    ),
    '',
    suggestion === undefined
      ? 'no suggestion: the loss fell by no more than the noise of its batches; try more --steps'
      : `suggested learning rate: ${suggestion.learningRate.toPrecision(2)} (the config has ${learningRate}): ` +
        `--set train.optimizer.learningRate=${Number(suggestion.learningRate.toPrecision(2))}`,
  ];
}
