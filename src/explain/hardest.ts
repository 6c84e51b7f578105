import { crossEntropy } from '../metrics/cross-entropy.js';

/** An image with what a classifier makes of it. */
export interface JudgedImage {
  /** Of the split. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Of the class that is predicted, 0…1. */
  readonly probability: number;
  /** Cross-entropy. */
  readonly loss: number;
}

/** Images of one class that are taken for another. */
export interface ConfusedPair {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
  /** How many images the class has. */
  readonly of: number;
  /** Those with the largest loss, the largest first. */
  readonly examples: readonly JudgedImage[];
}

/** Looks for the images of a split that a classifier is most wrong about; they come in the order of the split. */
export class HardestImages {
  #count = 0;
  #hits = 0;
  readonly #perClass: number[];
  readonly #hardest: JudgedImage[] = [];
  readonly #pairs = new Map<
    string,
    { label: number; predicted: number; count: number; examples: JudgedImage[] }
  >();

  /**
   * @param classes how many there are
   * @param keep images of each list
   */
  constructor(
    private readonly classes: number,
    private readonly keep: number,
  ) {
    this.#perClass = new Array<number>(classes).fill(0);
  }

  /** @param logits image by image */
  add(labels: ArrayLike<number>, logits: Float32Array): void {
    for (let i = 0; i < labels.length; i++) {
      const row = logits.subarray(i * this.classes, (i + 1) * this.classes);
      const label = labels[i]!;
      const loss = crossEntropy(row, label);
      const predicted = row.reduce((best, value, k) => (value > row[best]! ? k : best), 0);
      const probability = Math.exp(-crossEntropy(row, predicted));
      this.#take({ index: this.#count++, label, predicted, probability, loss });
    }
  }

  get count(): number {
    return this.#count;
  }

  /** How many are taken for what they are. */
  get hits(): number {
    return this.#hits;
  }

  /** The images with the largest loss, the largest first. */
  hardest(): readonly JudgedImage[] {
    return this.#hardest;
  }

  /** The pairs with the most images, the most first; at most `most` of them. */
  confused(most: number): readonly ConfusedPair[] {
    return [...this.#pairs.values()]
      .sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
      .slice(0, most)
      .map((pair) => ({ ...pair, of: this.#perClass[pair.label]! }));
  }

  #take(image: JudgedImage): void {
    const { label, predicted } = image;
    this.#perClass[label]!++;
    keepLargest(this.#hardest, image, this.keep, lossOf);
    if (label === predicted) {
      this.#hits++;
      return;
    }
    const key = `${label} ${predicted}`;
    const pair = this.#pairs.get(key) ?? { label, predicted, count: 0, examples: [] };
    pair.count++;
    keepLargest(pair.examples, image, this.keep, lossOf);
    this.#pairs.set(key, pair);
  }
}

/** Puts an item into a list of the `keep` with the largest size, the largest first; NaN is the largest of all. */
export function keepLargest<T>(list: T[], item: T, keep: number, sizeOf: (item: T) => number): void {
  const size = (of: T): number => (Number.isNaN(sizeOf(of)) ? Infinity : sizeOf(of));
  let at = list.length;
  while (at > 0 && size(list[at - 1]!) < size(item)) at--;
  list.splice(at, 0, item);
  if (list.length > keep) list.pop();
}

// --- internal ---

function lossOf({ loss }: JudgedImage): number {
  return loss;
}
