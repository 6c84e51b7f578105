import { IGNORED } from '../data/target.js';
import { pixelLoss } from '../tasks/segmentation/loss.js';
import { saidClasses } from '../tasks/segmentation/meters.js';
import { keepLargest } from './hardest.js';

/** An image with its mask and what is said of each pixel. */
export interface JudgedMask {
  /** Of the split. */
  readonly index: number;
  /** The mean cross-entropy of its pixels that count. */
  readonly loss: number;
  readonly truth: Uint8Array;
  /** Of each pixel its class, −1 for none. */
  readonly said: Int16Array;
}

/** Pixels of one class that are taken for another. */
export interface ConfusedPixels {
  readonly label: number;
  readonly predicted: number;
  readonly pixels: number;
  /** How many pixels the class has. */
  readonly of: number;
  /** The images with the most of them, the most first. */
  readonly examples: readonly { readonly index: number; readonly pixels: number }[];
}

/** Looks for the images of a split whose masks are predicted worst; they come in the order of the split. */
export class HardestMasks {
  #count = 0;
  #right = 0;
  readonly #perClass: number[];
  readonly #hardest: JudgedMask[] = [];
  readonly #pairs = new Map<number, { pixels: number; examples: { index: number; pixels: number }[] }>();

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

  /**
   * @param masks [count, size, size], a label a pixel
   * @param logits a number a class of each pixel, image by image
   */
  add(masks: Uint8Array, logits: Float32Array, count: number): void {
    const pixels = masks.length / count;
    for (let b = 0; b < count; b++) {
      const truth = masks.slice(b * pixels, (b + 1) * pixels);
      const own = logits.subarray(b * pixels * this.classes, (b + 1) * pixels * this.classes);
      const index = this.#count++;
      const said = saidClasses(own, this.classes);
      this.#countPairs(index, truth, said);
      const loss = pixelLoss(own, truth, this.classes);
      keepLargest(this.#hardest, { index, loss, truth, said }, this.keep, (image) => image.loss);
    }
  }

  /** Images. */
  get count(): number {
    return this.#count;
  }

  /** The share of the pixels that count that are taken for what they are. */
  get rightShare(): number {
    return this.#right / this.#perClass.reduce((sum, each) => sum + each, 0);
  }

  /** The images with the largest loss, the largest first. */
  hardest(): readonly JudgedMask[] {
    return this.#hardest;
  }

  /** The pairs with the most pixels, the most first; at most `most` of them. */
  confused(most: number): readonly ConfusedPixels[] {
    return [...this.#pairs]
      .sort(([one, a], [other, b]) => b.pixels - a.pixels || one - other)
      .slice(0, most)
      .map(([pair, found]) => {
        const [label, predicted] = [Math.floor(pair / this.classes), pair % this.classes];
        return { label, predicted, ...found, of: this.#perClass[label]! };
      });
  }

  #countPairs(index: number, truth: Uint8Array, said: Int16Array): void {
    const own = new Map<number, number>();
    truth.forEach((label, p) => {
      if (label === IGNORED) return;
      this.#perClass[label]!++;
      const predicted = said[p]!;
      if (predicted === label) this.#right++;
      else if (predicted >= 0) {
        const pair = label * this.classes + predicted;
        own.set(pair, (own.get(pair) ?? 0) + 1);
      }
    });
    for (const [pair, pixels] of own) {
      const found = this.#pairs.get(pair) ?? { pixels: 0, examples: [] };
      found.pixels += pixels;
      keepLargest(found.examples, { index, pixels }, this.keep, (example) => example.pixels);
      this.#pairs.set(pair, found);
    }
  }
}
