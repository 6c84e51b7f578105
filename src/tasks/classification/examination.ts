import { ConfusionMatrix, type ClassScores, type MacroScores } from '../../metrics/confusion.js';
import { lossText } from '../../metrics/metric-text.js';
import type { MetricValues } from '../../metrics/metric.js';
import { percent } from '../../util/number-text.js';
import { oneLine } from '../../util/one-line.js';
import type { EvaluationReport, Examination } from '../task.js';
import { confusionFigure } from './confusion-figure.js';
import type { LabelledBatch } from './meters.js';

/** The confusion matrix of a split, and the scores of every class. */
export function examineClasses(classes: readonly string[]): Examination<LabelledBatch> {
  const matrix = new ConfusionMatrix(classes);
  return {
    add: ({ labels }, logits) => matrix.update(logits, labels),
    report: (values, title) => reportOf(matrix, values, title),
  };
}

// --- internal ---

function reportOf(matrix: ConfusionMatrix, values: MetricValues, title: string): EvaluationReport {
  const [macro, classes] = [matrix.macro(), matrix.perClass()];
  const [stem, fileTitle] = ['confusion', 'confusion matrix'];
  return {
    record: { top1: values.top1, top5: values.top5, loss: values.loss, macro, classes },
    files: [
      { stem, title: fileTitle, ending: 'csv', text: matrix.toCsv() },
      { stem, title: fileTitle, ending: 'svg', figure: confusionFigure(matrix, title) },
    ],
    lines: linesOf(values, macro, classes),
  };
}

function linesOf(values: MetricValues, macro: MacroScores, classes: readonly ClassScores[]): string[] {
  const cell = (share: number | null): string =>
    (share === null ? '–' : (100 * share).toFixed(1)).padStart(9);
  const shown = classes.map((scores) => ({ ...scores, name: oneLine(scores.name) }));
  const width = Math.max(5, ...shown.map(({ name }) => name.length));
  return [
    `top-1 ${percent(values.top1, 2)}, top-5 ${percent(values.top5, 2)}, loss ${lossText(values.loss)}`,
    '',
    `${'class'.padEnd(width)}  ${['images', 'precision', 'recall', 'F1'].map((title) => title.padStart(9)).join(' ')}`,
    ...shown.map(
      ({ name, images, precision, recall, f1 }) =>
        `${name.padEnd(width)}  ${String(images).padStart(9)} ${cell(precision)} ${cell(recall)} ${cell(f1)}`,
    ),
    `${'mean'.padEnd(width)}  ${''.padStart(9)} ${cell(macro.precision)} ${cell(macro.recall)} ${cell(macro.f1)}`,
  ];
}
