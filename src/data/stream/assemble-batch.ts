import type { AugmentConfig } from '../augment/options.js';
import { permutation } from '../../util/random.js';
import { partOf, type Share } from './share.js';
import { Augmenter } from '../augment/augmenter.js';
import { resizeNearest } from '../masks/mask-plane.js';
import { normalizationTable, normalize } from '../augment/normalize.js';
import { drawCrop } from '../augment/random-resized-crop.js';
import type { Cut, ImageSet } from '../cache/image-set.js';
import { resize } from '../resize.js';
import { atOnce } from './at-once.js';
import { sizeOfBatch, type SizeStage } from './image-sizes.js';

/** Everything that decides what is in a batch, besides the images. */
export interface BatchPlan {
  readonly batchSize: number;
  readonly seed: number;
  readonly augment: AugmentConfig;
  /** Shuffle and augment; else in order and only normalised. */
  readonly training: boolean;
  /** Images of other sizes at first; only in training. */
  readonly sizes?: readonly SizeStage[];
  /** The part of each batch that is made; all of it where this is left out. Only in training. */
  readonly share?: Share;
}

export interface AssembledBatch {
  /** [count, size, size, 3], normalised; the size is the set's, or that of a stage. */
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  /** [count, size, size], a label a pixel; of sets with masks. */
  readonly masks?: Uint8Array<ArrayBuffer>;
  /**
   * Whether the first image is no part of the share: it is the one that stands before it in the whole batch, in a ring,
   * and is mixed into the share's first.
   */
  readonly hasBefore?: boolean;
}

/** Batches of one pass over a set; the last may be smaller. */
export function batchesPerEpoch(set: ImageSet, plan: BatchPlan): number {
  return Math.ceil(set.count / plan.batchSize);
}

/**
 * Makes batches: batch `index` of `epoch` is a pure function of the set, the plan and these two numbers, so
 * it is the same in any thread, in any order and after a resume. What is kept between calls only saves time.
 */
export class BatchAssembler {
  readonly #set: ImageSet;
  readonly #plan: BatchPlan;
  readonly #table: Float32Array;
  readonly #augmenter: Augmenter;
  #order: { readonly epoch: number; readonly indices: Uint32Array } | null = null;

  constructor(set: ImageSet, plan: BatchPlan) {
    this.#set = set;
    this.#plan = plan;
    this.#table = normalizationTable(plan.augment.normalize);
    this.#augmenter = new Augmenter(plan.augment, set.size, set.readMask !== undefined);
  }

  assemble(epoch: number, index: number): AssembledBatch {
    const { canvas } = this.#augmenter;
    return this.#assemble(this.#imagesOf(epoch, index), { epoch, index }, (_, image) => {
      this.#set.read(image, canvas.pixels, 0);
      if (canvas.mask !== null) this.#set.readMask!(image, canvas.mask.labels, 0);
    });
  }

  /** The same, of a set whose images may have to be decoded first: several at once. */
  async decodeAndAssemble(epoch: number, index: number): Promise<AssembledBatch> {
    const { decoding } = this.#set;
    if (decoding === undefined) return this.assemble(epoch, index);
    const images = this.#imagesOf(epoch, index);
    const bytes = this.#set.size ** 2 * 3;
    const decoded = new Uint8Array(images.length * bytes);
    await atOnce(images.length, (i) => {
      const cut = decoding.cropsOriginals ? this.#cutOf(epoch, images[i]!) : null;
      return decoding.fetch(images[i]!, decoded.subarray(i * bytes, (i + 1) * bytes), cut);
    });
    return this.#assemble(images, { epoch, index }, (i) =>
      this.#augmenter.canvas.pixels.set(decoded.subarray(i * bytes, (i + 1) * bytes)),
    );
  }

  /** The images of a batch, by their index in the set. */
  #imagesOf(epoch: number, index: number): Uint32Array {
    const { count } = this.#set;
    const { batchSize, training } = this.#plan;
    const first = index * batchSize;
    if (!Number.isInteger(index) || index < 0 || first >= count) {
      throw new RangeError(
        `Expected a batch index from 0 to ${Math.ceil(count / batchSize) - 1} but got ${index}`,
      );
    }
    const last = Math.min(first + batchSize, count);
    if (training) return this.#shared(this.#shuffled(epoch).subarray(first, last));
    return Uint32Array.from({ length: last - first }, (_, i) => first + i);
  }

  /** Of the images of a batch those of the share, behind the one that the first of them is mixed with. */
  #shared(whole: Uint32Array): Uint32Array {
    const { share } = this.#plan;
    if (share === undefined) return whole;
    const { from, to } = partOf(whole.length, share);
    if (from === to || !this.#hasBefore) return whole.subarray(from, to);
    return Uint32Array.of(whole.at(from - 1)!, ...whole.subarray(from, to));
  }

  get #hasBefore(): boolean {
    const { share, augment, training } = this.#plan;
    return training && share !== undefined && share.of > 1 && (augment.mixup ?? augment.cutmix) !== null;
  }

  /** @param load puts the pixels of image `image`, the i-th of the batch, on the augmenter's canvas */
  #assemble(
    order: Uint32Array,
    { epoch, index }: { readonly epoch: number; readonly index: number },
    load: (i: number, image: number) => void,
  ): AssembledBatch {
    const { size, labels, decoding } = this.#set;
    const { seed, training, sizes = [] } = this.#plan;
    const isCut = decoding?.cropsOriginals === true;
    const batch = epoch * batchesPerEpoch(this.#set, this.#plan) + index;
    const shown = training ? sizeOfBatch(sizes, batch, size) : size;
    const bytes = shown * shown * 3;
    const images = new Float32Array(order.length * bytes);
    const batchLabels = new Int32Array(order.length);
    const masks =
      this.#augmenter.canvas.mask === null ? undefined : new Uint8Array(order.length * shown * shown);
    order.forEach((image, i) => {
      load(i, image);
      const showing = { seed, epoch, image };
      if (training) this.#augmenter.augment(showing, isCut);
      normalize(this.#ofSize(shown), bytes, this.#table, images, i * bytes);
      const mask = masks?.subarray(i * shown * shown, (i + 1) * shown * shown);
      mask?.set(this.#maskOfSize(shown));
      if (training) this.#augmenter.erase(showing, images, i * bytes, shown, mask);
      batchLabels[i] = labels[image]!;
    });
    return {
      images,
      labels: batchLabels,
      ...(masks && { masks }),
      ...(this.#hasBefore && order.length > 0 && { hasBefore: true }),
    };
  }

  /** The image on the canvas, in the size in which it is shown. */
  #ofSize(shown: number): Uint8Array {
    const { pixels, spare, size } = this.#augmenter.canvas;
    if (shown === size) return pixels;
    const whole = { left: 0, top: 0, width: size, height: size };
    resize(pixels, whole, whole, spare, shown);
    return spare;
  }

  /** Its mask, in the same size. */
  #maskOfSize(shown: number): Uint8Array {
    const { mask, size } = this.#augmenter.canvas;
    const { labels, spare } = mask!;
    if (shown === size) return labels;
    resizeNearest(labels, size, { left: 0, top: 0, width: size, height: size }, spare, shown);
    return spare.subarray(0, shown * shown);
  }

  /** The random crop of an image in its own pixels, where training cuts one. */
  #cutOf(epoch: number, image: number): Cut | null {
    const { seed, augment, training } = this.#plan;
    const range = augment.randomResizedCrop;
    if (!training || range === null) return null;
    const key = Augmenter.key({ seed, epoch, image });
    return (width, height) => drawCrop(key, { width, height }, range);
  }

  #shuffled(epoch: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      const indices = permutation(this.#set.count, this.#plan.seed, 'shuffle', epoch);
      this.#order = { epoch, indices };
    }
    return this.#order.indices;
  }
}

/** Batch `index` of `epoch`, made at once: what every batch of a stream equals. */
export function assembleBatch(set: ImageSet, plan: BatchPlan, epoch: number, index: number): AssembledBatch {
  return new BatchAssembler(set, plan).assemble(epoch, index);
}
