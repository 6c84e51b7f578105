import { stringify } from 'csv-stringify/sync';
import { csvName } from '../util/one-line.js';
import { predictedClass } from './top-k.js';

/** How well one class is recognised. */
export interface ClassScores {
  readonly name: string;
  /** Images of the class. */
  readonly images: number;
  /** Of the images said to be of the class, the share that is; 0 if none was. */
  readonly precision: number;
  /** Of the images of the class, the share that was recognised; null without images. */
  readonly recall: number | null;
  /** Harmonic mean of precision and recall; null without images. */
  readonly f1: number | null;
}

/** Means over the classes that have images, each class counting the same. */
export interface MacroScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Counts of images by actual and predicted class. */
export class ConfusionMatrix {
  readonly #classes: readonly string[];
  /** Rows actual, columns predicted; the last column counts images whose logits were no numbers. */
  readonly #counts: Float64Array;

  constructor(classes: readonly string[]) {
    this.#classes = classes;
    this.#counts = new Float64Array(classes.length * (classes.length + 1));
  }

  get classes(): readonly string[] {
    return this.#classes;
  }

  /** Counts a batch; the prediction is the highest logit, the lower class on a tie. */
  update(logits: ArrayLike<number>, labels: ArrayLike<number>): void {
    const classes = this.#classes.length;
    if (logits.length !== labels.length * classes) {
      throw new Error(`Expected ${labels.length} × ${classes} logits but found ${logits.length}`);
    }
    for (let row = 0; row < labels.length; row++) {
      this.add(labels[row], predictedClass(logits, classes, row));
    }
  }

  /** Counts one image, or several; predicted −1 stands for no prediction. */
  add(actual: number, predicted: number, images = 1): void {
    const classes = this.#classes.length;
    if (!Number.isInteger(actual) || actual < 0 || actual >= classes) {
      throw new Error(`Expected a label from 0 to ${classes - 1} but found ${actual}`);
    }
    this.#counts[actual * (classes + 1) + (predicted < 0 ? classes : predicted)] += images;
  }

  /** Images of class `actual` that were taken for `predicted`. */
  count(actual: number, predicted: number): number {
    return this.#counts[actual * (this.#classes.length + 1) + predicted];
  }

  get total(): number {
    return sum(this.#counts);
  }

  /** Share of images recognised: top-1 accuracy. NaN without images. */
  get accuracy(): number {
    return sum(this.#classes.map((_, c) => this.count(c, c))) / this.total;
  }

  /** Precision, recall and F1 of every class. */
  perClass(): ClassScores[] {
    const classes = this.#classes.length;
    return this.#classes.map((name, c) => {
      const hits = this.count(c, c);
      const images = sum(this.#counts.subarray(c * (classes + 1), (c + 1) * (classes + 1)));
      const predicted = sum(this.#classes.map((_, actual) => this.count(actual, c)));
      return {
        name,
        images,
        precision: predicted === 0 ? 0 : hits / predicted,
        recall: images === 0 ? null : hits / images,
        f1: images === 0 ? null : (2 * hits) / (predicted + images),
      };
    });
  }

  macro(): MacroScores {
    const scored = this.perClass().filter(({ images }) => images > 0);
    const mean = (pick: (scores: ClassScores) => number | null): number =>
      sum(scored.map((scores) => pick(scores) ?? 0)) / scored.length;
    return {
      precision: mean(({ precision }) => precision),
      recall: mean(({ recall }) => recall),
      f1: mean(({ f1 }) => f1),
    };
  }

  /** Rows actual, columns predicted, with names; a column `none` only if something had no prediction. */
  toCsv(): string {
    const classes = this.#classes.length;
    const columns = this.#classes.map((_, c) => c);
    if (columns.some((c) => this.count(c, classes) > 0)) columns.push(classes);
    const names = this.#classes.map(csvName);
    const rows = names.map((name, actual) => [name, ...columns.map((c) => this.count(actual, c))]);
    return stringify([['actual', ...columns.map((c) => names[c] ?? 'none')], ...rows]);
  }
}

function sum(values: ArrayLike<number> & Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
