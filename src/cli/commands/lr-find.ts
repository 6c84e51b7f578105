import { join, resolve } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import { loadExperiment } from '../../config/load.js';
import type { Experiment } from '../../config/schema.js';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import { openDataset } from '../../data/dataset.js';
import { drawFigure } from '../../report/draw-figure.js';
import type { RangeTest, SmoothPoint } from '../../train/learning-rate-test.js';
import { explainWriteError, writeFileAtomic } from '../../util/atomic-write.js';
import { badInput, ExitCode, runFailed } from '../../util/errors.js';
import { shownPath } from '../../util/shown-path.js';
import type { CommandContext, CommandOptions, CommandRun } from '../command.js';
import { showProgress } from '../render/data-progress.js';
import { interruptible } from '../../session/interruption.js';
import { rangeTestSpec } from '../render/lr-find-chart.js';
import { textTable } from '../render/text-table.js';

/** `involve lr-find CONFIG`: trains for a moment at growing learning rates, and says which one to try. */
export const run: CommandRun = async ([config], options, context) => {
  const { cwd, print, note } = context;
  const experiment = experimentOf(config, options, cwd);
  const interruption = interruptible();
  try {
    const { suggestLearningRate } = await import('../../train/learning-rate-test.js');
    const test = await rangeTest(experiment, options, context, interruption.signal);
    if (test.end === 'interrupted')
      return interruption.name === 'SIGTERM' ? ExitCode.terminated : ExitCode.interrupted;
    if (test.points.length === 0) throw notFinite();
    const suggestion = suggestLearningRate(test.points);
    const dir = resolve(cwd, (options.out as string | undefined) ?? join('runs', experiment.name, 'lr-find'));
    await writeFiles(dir, experiment.name, test, suggestion);
    const shown = shownPath(cwd, dir);
    if (options.json) print(JSON.stringify(jsonOf(experiment, test, suggestion, shown)));
    else for (const line of linesOf(experiment, test, suggestion)) print(line);
    note(`wrote ${join(shown, 'lr-find.csv')}, ${join(shown, 'lr-find.svg')}`);
    return ExitCode.ok;
  } finally {
    interruption.end();
  }
};

// --- internal ---

const MOST_ROWS = 20;

function experimentOf(config: string, options: CommandOptions, cwd: string): Experiment {
  const set = [...((options.set as string[] | undefined) ?? [])];
  for (const key of ['engine', 'device', 'threads']) {
    if (options[key] !== undefined)
      set.push(`engine.${key === 'engine' ? 'name' : key}=${String(options[key])}`);
  }
  const { from, to } = options as { from: number; to: number };
  if (from >= to) {
    throw badInput('E_ARGUMENT', {
      what: `--from must be below --to, received ${from} and ${to}`,
      try: '--from 1e-6 --to 10',
    });
  }
  return loadExperiment(config, { set, seed: options.seed as number | undefined, cwd }).experiment;
}

async function rangeTest(
  experiment: Experiment,
  options: CommandOptions,
  context: CommandContext,
  signal: AbortSignal,
): Promise<RangeTest> {
  const { train, data, augment } = experiment;
  const { steps, from, to } = options as { steps: number; from: number; to: number };
  const dataset = await openDataset(data, { cwd: context.cwd, splits: ['train'] });
  const progress = await showProgress('steps', context);
  try {
    for (const text of dataset.notes) context.note(`note: ${text}`);
    const [{ openEngine }, { designModel }, { testLearningRates }] = await Promise.all([
      import('../../engine/engine.js'),
      import('../../tasks/classification/head.js'),
      import('../../train/learning-rate-test.js'),
    ]);
    const engine = await openEngine(experiment.engine);
    engine.use();
    context.note(`engine: ${engine.description}`);
    const classes = dataset.classes.length;
    const stream = openBatchStream(dataset.train, {
      ...{ batchSize: train.batchSize, seed: train.seed, augment, training: true },
    });
    try {
      return await testLearningRates({
        engine,
        model: designModel(experiment.model, data.inputSize, classes).build(train.seed, experiment.name),
        ...{ config: train, inputSize: data.inputSize, classes, train: stream, steps, from, to, signal },
        onPoint: async ({ step }) => {
          progress.update(step, steps);
          // Gives signals a turn: a step is one long synchronous computation.
          await new Promise(setImmediate);
        },
      });
    } finally {
      await stream.close();
    }
  } finally {
    progress.stop();
    await dataset.close();
  }
}

async function writeFiles(
  dir: string,
  name: string,
  { points }: RangeTest,
  suggestion: SmoothPoint | undefined,
): Promise<void> {
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw explainWriteError(error, dir) ?? error;
  });
  const rows = points.map((point) => ({
    ...{ step: point.step, learning_rate: point.learningRate },
    ...{ loss: point.loss, smoothed_loss: point.smoothedLoss },
  }));
  await writeFileAtomic(
    join(dir, 'lr-find.csv'),
    stringify(rows, { header: true, cast: { number: String } }),
  );
  const title = `Learning-rate range test of ${name}`;
  const svg = await drawFigure(rangeTestSpec(points, suggestion), { standalone: { title } });
  await writeFileAtomic(join(dir, 'lr-find.svg'), svg);
}

function jsonOf(
  { name, train }: Experiment,
  { points, end }: RangeTest,
  suggestion: SmoothPoint | undefined,
  dir: string,
): object {
  const { optimizer } = train;
  return {
    ...{ name, optimizer: optimizer.name, configured: optimizer.learningRate },
    ...{ suggestion: suggestion?.learningRate ?? null, end, dir, points },
  };
}

function linesOf(
  { name, train }: Experiment,
  { points, end }: RangeTest,
  suggestion: SmoothPoint | undefined,
): string[] {
  const every = Math.ceil(points.length / MOST_ROWS);
  const shown = points.filter(
    (point, i) => i % every === 0 || point === suggestion || i === points.length - 1,
  );
  const rows = shown.map((point) => [
    ...[String(point.step), point.learningRate.toExponential(2)],
    ...[point.loss.toPrecision(4), point.smoothedLoss.toPrecision(4)],
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

function notFinite(): Error {
  return runFailed('E_DIVERGED', {
    what: 'the loss of the very first batch is not a finite number',
    try: 'look at the data (involve data check) and at the initial weights',
  });
}
