import { stringify } from 'csv-stringify/sync';
import { denormalize } from '../../data/augment/normalize.js';
import type { AugmentConfig } from '../../data/augment/options.js';
import { IGNORED } from '../../data/target.js';
import { ConfusionMatrix } from '../../metrics/confusion.js';
import { lossText } from '../../metrics/metric-text.js';
import type { MetricValues } from '../../metrics/metric.js';
import { NOTHING, percent } from '../../util/number-text.js';
import { csvName, oneLine } from '../../util/one-line.js';
import { confusionFigure } from '../classification/confusion-figure.js';
import {
  sizeOfImages,
  type EvaluationFile,
  type EvaluationReport,
  type Examination,
  type Sums,
} from '../task.js';
import { countsOf, masksOf, ofSize, saidClasses, type MaskedBatch } from './meters.js';
import { OBJECT_SIZES, sizeName, SIZE_LIMITS } from './metrics.js';
import { Overlaps, plus } from './overlaps.js';
import { comparisonPicture, type MaskedPicture } from './pictures.js';

/** Images that are shown of a split, and as many of the worst. */
const SHOWN = 6;

/** An image, and how well its mask was predicted. */
interface Judged extends MaskedPicture {
  /** Its place in the split, from 0. */
  readonly index: number;
  /** The mean IoU of its classes. */
  readonly miou: number;
}

/**
 * The confusion matrix of the pixels of a split, the overlap of every class, by size of object too, and pictures of the
 * first images and of the worst.
 */
export function examineMasks(
  classes: readonly string[],
  normalization: AugmentConfig['normalize'],
): Examination<MaskedBatch> {
  const matrix = new ConfusionMatrix(classes);
  let sums: Sums = {};
  let size = 0;
  let count = 0;
  const first: Judged[] = [];
  let worst: Judged[] = [];
  return {
    add(batch, logits) {
      size = sizeOfImages(batch);
      const pixels = size * size;
      for (let b = 0; b < batch.count; b++) {
        const truth = masksOf(batch).subarray(b * pixels, (b + 1) * pixels);
        const length = pixels * classes.length;
        const said = saidClasses(logits.subarray(b * length, (b + 1) * length), classes.length);
        truth.forEach((label, p) => {
          if (label !== IGNORED) matrix.add(label, said[p]);
        });
        const { sums: own } = countsOf(classes.length, truth, said);
        sums = plus(sums, own);
        const miou = Overlaps.of(own, classes.length).meanIou();
        const index = count++;
        const isWorst = worst.length < SHOWN || miou < worst[SHOWN - 1].miou;
        if (first.length >= SHOWN && !isWorst) continue;
        // A batch's numbers are used again.
        const image = denormalize(batch.images.subarray(3 * b * pixels, 3 * (b + 1) * pixels), normalization);
        const judged = { index, miou, pixels: image, truth: truth.slice(), said };
        if (first.length < SHOWN) first.push(judged);
        worst = [...worst, judged].sort((one, other) => one.miou - other.miou).slice(0, SHOWN);
      }
    },
    report: (values, title) => reportOf({ matrix, sums, size, first, worst, classes, values, title }),
  };
}

// --- internal ---

interface Examined {
  readonly matrix: ConfusionMatrix;
  readonly sums: Sums;
  readonly size: number;
  readonly first: readonly Judged[];
  readonly worst: readonly Judged[];
  readonly classes: readonly string[];
  readonly values: MetricValues;
  readonly title: string;
}

function reportOf(examined: Examined): EvaluationReport {
  const { matrix, size, first, worst, values, title } = examined;
  const rows = scoresOf(examined);
  // Not under the names of a classifier's, which count images.
  const [confusion, ofPixels] = ['pixel-confusion', 'confusion matrix of the pixels'];
  const pictures = (stem: string, of: string, shown: readonly Judged[]): EvaluationFile[] =>
    shown.length === 0 ? [] : [{ stem, title: of, ending: 'png', picture: comparisonPicture(shown, size) }];
  return {
    record: {
      ...values,
      sizeLimits: SIZE_LIMITS,
      pixelClasses: rows,
      worst: worst.map(({ index, miou }) => ({ index, miou: finite(miou) })),
    },
    files: [
      { stem: 'iou', title: 'IoU of the classes', ending: 'csv', text: csvOf(rows) },
      { stem: confusion, title: ofPixels, ending: 'csv', text: matrix.toCsv() },
      { stem: confusion, title: ofPixels, ending: 'svg', figure: confusionFigure(matrix, title) },
      ...pictures('masks', 'image, truth, prediction, errors', first),
      ...pictures('worst', 'the same of the worst images', worst),
    ],
    lines: linesOf(examined, rows),
  };
}

/** What is said of a class; null where there is nothing to say. */
interface ClassRow {
  readonly name: string;
  /** Of the pixels that count. */
  readonly share: number | null;
  readonly iou: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly smallIou: number | null;
  readonly mediumIou: number | null;
  readonly largeIou: number | null;
}

function scoresOf({ sums, classes }: Examined): ClassRow[] {
  const all = Overlaps.of(sums, classes.length);
  const [small, medium, large] = OBJECT_SIZES.map((size) => {
    const overlaps = ofSize(sums, size, classes.length);
    return (c: number): number | null => (overlaps.truth(c) > 0 ? finite(overlaps.iou(c)) : null);
  });
  const total = classes.reduce((sum, _, c) => sum + all.truth(c), 0);
  return classes.map((name, c) => ({
    name,
    share: finite(all.truth(c) / total),
    iou: finite(all.iou(c)),
    precision: finite(all.precision(c)),
    recall: finite(all.recall(c)),
    smallIou: small(c),
    mediumIou: medium(c),
    largeIou: large(c),
  }));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function csvOf(rows: readonly ClassRow[]): string {
  return stringify([
    ['class', 'pixel_share', 'iou', 'precision', 'recall', ...OBJECT_SIZES.map((size) => `${size}_iou`)],
    ...rows.map(({ name, ...numbers }) => [csvName(name), ...Object.values(numbers)]),
  ]);
}

function linesOf({ values, worst }: Examined, rows: readonly ClassRow[]): string[] {
  const cell = (share: number | null): string =>
    (share === null ? NOTHING : (100 * share).toFixed(1)).padStart(9);
  const titles = ['pixels', 'IoU', 'precision', 'recall', ...OBJECT_SIZES];
  const shown = rows.map(({ name, ...numbers }) => ({
    name: oneLine(name),
    numbers: Object.values(numbers),
  }));
  const width = Math.max(5, ...shown.map(({ name }) => name.length));
  const bySize = OBJECT_SIZES.map((size) => `${size} ${percent(finite(values[sizeName(size)]))}`);
  const [low, high] = SIZE_LIMITS.map((limit) => `${100 * limit} %`);
  return [
    `mean IoU ${percent(finite(values.miou), 2)}, pixel accuracy ${percent(finite(values.accuracy), 2)}, loss ${lossText(values.loss)}`,
    `mean IoU of objects: ${bySize.join(', ')} (small: connected parts below ${low} of the image, large: from ${high} on)`,
    '',
    `${'class'.padEnd(width)}  ${titles.map((title) => title.padStart(9)).join(' ')}`,
    ...shown.map(({ name, numbers }) => `${name.padEnd(width)}  ${numbers.map(cell).join(' ')}`),
    '',
    `worst images: ${worst.map(({ index, miou }) => `${index} (${percent(finite(miou))})`).join(', ')}`,
  ];
}
