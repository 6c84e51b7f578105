import type { Sums } from '../task.js';

/**
 * Pixels of each class over many masks: those that are it, those that are said to be it, and those that are both. They
 * are kept in the sums of a meter, as `both3`, `truth3`, `said3`; several such counts stand side by side under a prefix.
 */
export class Overlaps {
  readonly #both: Float64Array;
  readonly #truth: Float64Array;
  readonly #said: Float64Array;

  constructor(private readonly classes: number) {
    this.#both = new Float64Array(classes);
    this.#truth = new Float64Array(classes);
    this.#said = new Float64Array(classes);
  }

  /** Those of some sums. */
  static of(sums: Sums, classes: number, prefix = ''): Overlaps {
    const found = new Overlaps(classes);
    for (let c = 0; c < classes; c++) {
      found.#both[c] = sums[`${prefix}both${c}`] ?? 0;
      found.#truth[c] = sums[`${prefix}truth${c}`] ?? 0;
      found.#said[c] = sums[`${prefix}said${c}`] ?? 0;
    }
    return found;
  }

  /** Counts a pixel. Said −1 is no class. */
  add(truth: number, said: number): void {
    this.addTruth(truth, truth === said);
    if (said >= 0) this.#said[said]++;
  }

  /** Counts a pixel among those that are of a class, and where it is recognised among those that are both. */
  addTruth(truth: number, isRecognised: boolean): void {
    this.#truth[truth]++;
    if (isRecognised) this.#both[truth]++;
  }

  /** Counts a pixel among those that are said to be of a class. */
  addSaid(said: number): void {
    this.#said[said]++;
  }

  /** As keys of sums. */
  sums(prefix = ''): Record<string, number> {
    const sums: Record<string, number> = {};
    for (let c = 0; c < this.classes; c++) {
      sums[`${prefix}both${c}`] = this.#both[c];
      sums[`${prefix}truth${c}`] = this.#truth[c];
      sums[`${prefix}said${c}`] = this.#said[c];
    }
    return sums;
  }

  truth(c: number): number {
    return this.#truth[c];
  }

  /** Of the pixels said to be of a class, the share that is; NaN where there are none. */
  precision(c: number): number {
    return this.#both[c] / this.#said[c];
  }

  /** Of the pixels of a class, the share that was recognised; NaN where there are none. */
  recall(c: number): number {
    return this.#both[c] / this.#truth[c];
  }

  /** Intersection over union of a class (Everingham et al. 2015, section 4.3); NaN where no pixel is it or is said to be. */
  iou(c: number): number {
    return this.#both[c] / (this.#truth[c] + this.#said[c] - this.#both[c]);
  }

  /** The mean over the classes that have an IoU; NaN without any. */
  meanIou(): number {
    return mean(this.#all().map((c) => this.iou(c)));
  }

  /** The mean over the classes that some pixel is of; NaN without any. */
  meanIouOfTruth(): number {
    return mean(
      this.#all()
        .filter((c) => this.#truth[c] > 0)
        .map((c) => this.iou(c)),
    );
  }

  /** Share of the pixels that are recognised. */
  accuracy(): number {
    const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
    return total(this.#both) / total(this.#truth);
  }

  #all(): number[] {
    return Array.from({ length: this.classes }, (_, c) => c);
  }
}

/** Two sums, key by key. */
export function plus(sums: Sums, more: Sums): Sums {
  const both: Record<string, number> = { ...sums };
  for (const [key, value] of Object.entries(more)) both[key] = (both[key] ?? 0) + value;
  return both;
}

// --- internal ---

function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
