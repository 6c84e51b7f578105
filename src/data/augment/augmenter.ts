import { makeKey } from '../../util/random.js';
import type { Box } from '../resize.js';
import { fillOf, rotation, transform } from './affine.js';
import { Canvas } from './canvas.js';
import { eraseMask } from '../masks/mask-plane.js';
import { adjustColors, drawColorJitter } from './color-jitter.js';
import { drawAlternatingFlip, drawFlip, flip } from './flip.js';
import { drawGrayscale, grayscale } from './grayscale.js';
import type { AugmentConfig } from './options.js';
import { applyOperation, type Drawing } from './policies/operations.js';
import { policyOf, type Policy } from './policies/policy.js';
import { drawErasing, erase } from './random-erasing.js';
import { drawCrop, randomResizedCrop } from './random-resized-crop.js';
import { drawScale, scaling } from './random-scale.js';
import { drawRotation } from './rotation.js';
import { drawShift, shiftCrop } from './shift-crop.js';
import type { Showing } from './showing.js';

/**
 * Augments one image after another, as a config says. What becomes of an image is a function of the seed, the epoch and
 * the image alone: each operation has a stream of its own, so one does not disturb another.
 */
export class Augmenter {
  readonly canvas: Canvas;
  readonly #config: AugmentConfig;
  readonly #policy: (Drawing & Policy) | null;

  /**
   * @param size height and width of the images
   * @param hasMasks each image has a mask on the canvas, to which the same happens
   */
  constructor(config: AugmentConfig, size: number, hasMasks = false) {
    this.canvas = new Canvas(size, undefined, hasMasks);
    this.#config = config;
    const { policy } = config;
    this.#policy = policy && {
      ...policyOf(policy, size),
      interpolation: policy.interpolation,
      fill: fillOf(policy.fill),
    };
  }

  /** Of an image in an epoch, for all that is drawn for it. */
  static key({ seed, epoch, image }: Showing): number {
    return makeKey(seed, 'augment', epoch, image);
  }

  /**
   * Augments the image on the canvas, before it is normalised: first where its pixels are, then what they are.
   * @param isCut the random resized crop was cut from the pixels of the file already
   */
  augment(showing: Showing, isCut = false): void {
    const { canvas } = this;
    const key = Augmenter.key(showing);
    const { size } = canvas;
    const config = this.#config;
    if (config.randomResizedCrop !== null && !isCut) {
      const crop = drawCrop(key, size, config.randomResizedCrop);
      randomResizedCrop(canvas.pixels, canvas.spare, size, crop);
      canvas.swap();
      canvas.mask?.crop(crop);
    }
    if (config.randomScale !== null) {
      const scale = drawScale(key, size, config.randomScale);
      if (scale.side !== size) transform(canvas, scaling(size, scale), 'bilinear', BLACK);
    }
    if (config.shiftCrop > 0) {
      const shift = drawShift(key, config.shiftCrop);
      shiftCrop(canvas.pixels, canvas.spare, size, shift, config.paddingMode);
      canvas.swap();
      canvas.mask?.shift(shift);
    }
    if (this.#isFlipped(showing, key)) {
      flip(canvas.pixels, size);
      canvas.mask?.flip();
    }
    if (config.rotation !== null) {
      const { degrees, interpolation, fill } = config.rotation;
      transform(canvas, rotation(drawRotation(key, degrees), size), interpolation, fillOf(fill));
    }
    if (this.#policy !== null) {
      for (const drawn of this.#policy.draw(key)) applyOperation(canvas, drawn, this.#policy);
    }
    if (config.colorJitter !== null) {
      for (const adjustment of drawColorJitter(key, config.colorJitter)) adjustColors(canvas, adjustment);
    }
    if (config.grayscale > 0 && drawGrayscale(key, config.grayscale)) grayscale(canvas.pixels);
  }

  /**
   * Puts a part of the image out of sight, in its normalised values at `offset`.
   * @param size in which it is shown
   * @param mask of the image in that size, where it has one
   */
  erase(
    showing: Showing,
    values: Float32Array,
    offset: number,
    size = this.canvas.size,
    mask?: Uint8Array,
  ): void {
    const { randomErasing } = this.#config;
    if (randomErasing === null) return;
    const key = Augmenter.key(showing);
    const box: Box | null = drawErasing(key, size, randomErasing);
    if (box === null) return;
    erase(values, offset, size, box, randomErasing.value, key);
    if (mask !== undefined) eraseMask(mask, size, box);
  }

  #isFlipped(showing: Showing, key: number): boolean {
    const { flip } = this.#config;
    return flip === 'alternating' ? drawAlternatingFlip(showing) : flip && drawFlip(key);
  }
}

// --- internal ---

const BLACK = [0, 0, 0] as const;
