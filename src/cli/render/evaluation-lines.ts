import type { Evaluation } from '../../session/evaluate-run.js';
import { percent } from '../../util/number-text.js';
import { lossText } from './loss-text.js';

/** Scores of a trained run, and of every class. */
export function evaluationLines(evaluation: Evaluation, picture: string): string[] {
  const { run, checkpoint, epoch, images, split, top1, top5, loss, classes, macro } = evaluation;
  const cell = (share: number | null): string =>
    (share === null ? '–' : (100 * share).toFixed(1)).padStart(9);
  const width = Math.max(5, ...classes.map(({ name }) => name.length));
  const titles = ['images', 'precision', 'recall', 'F1'].map((title) => title.padStart(9));
  return [
    `${run}, ${checkpoint} checkpoint (epoch ${epoch}), ${images} images of ${split}`,
    `top-1 ${percent(top1, 2)}, top-5 ${percent(top5, 2)}, loss ${lossText(loss)}`,
    '',
    `${'class'.padEnd(width)}  ${titles.join(' ')}`,
    ...classes.map(
      ({ name, images, precision, recall, f1 }) =>
        `${name.padEnd(width)}  ${String(images).padStart(9)} ${cell(precision)} ${cell(recall)} ${cell(f1)}`,
    ),
    `${'mean'.padEnd(width)}  ${''.padStart(9)} ${cell(macro.precision)} ${cell(macro.recall)} ${cell(macro.f1)}`,
    '',
    `confusion matrix: ${picture}`,
  ];
}
