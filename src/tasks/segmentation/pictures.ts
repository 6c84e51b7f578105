import { IGNORED } from '../../data/target.js';
import type { EvaluationPicture } from '../task.js';
import { classColor, type Rgb } from '../../data/masks/palette.js';

/** An image with its masks. */
export interface MaskedPicture {
  /** size·size·3 bytes. */
  readonly pixels: Uint8Array;
  /** size·size labels. */
  readonly truth: Uint8Array;
  /** Of each pixel its class, −1 for none. */
  readonly said: Int16Array;
}

/**
 * A row for each image: the image, the truth, what is predicted, and where that is wrong (red), over the grey image;
 * pixels that count for nothing are light.
 * @param size height and width of the images
 */
export function comparisonPicture(images: readonly MaskedPicture[], size: number): EvaluationPicture {
  const scale = Math.max(1, Math.round(READABLE / size));
  const side = size * scale;
  const [width, height] = [4 * side + 5 * GAP, images.length * (side + GAP) + GAP];
  const pixels = new Uint8Array(width * height * 3).fill(255);
  images.forEach((image, row) => {
    const { image: seen, truth, prediction, errors } = maskViews(image);
    [seen, truth, prediction, errors].forEach((colorOf, column) => {
      const [left, top] = [GAP + column * (side + GAP), GAP + row * (side + GAP)];
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const p = Math.floor(y / scale) * size + Math.floor(x / scale);
          pixels.set(colorOf(p), ((top + y) * width + left + x) * 3);
        }
      }
    });
  });
  return { width, height, pixels };
}

/** The colour of a pixel, by its place from the upper left corner on. */
export type ColorOf = (pixel: number) => Rgb;

/** What is shown of an image with its masks. */
export function maskViews({ pixels, truth, said }: MaskedPicture): {
  readonly image: ColorOf;
  readonly truth: ColorOf;
  readonly prediction: ColorOf;
  /** Red where the prediction is wrong; light where a pixel counts for nothing. */
  readonly errors: ColorOf;
} {
  const pale = paleView(pixels);
  return {
    image: (p) => [pixels[3 * p], pixels[3 * p + 1], pixels[3 * p + 2]],
    truth: (p) => classColor(truth[p]),
    prediction: predictionView(said),
    errors: (p) => {
      if (truth[p] === IGNORED) return classColor(IGNORED);
      return truth[p] === said[p] ? pale(p) : WRONG;
    },
  };
}

/** Of each pixel the colour of its class. */
export function predictionView(said: Int16Array): ColorOf {
  return (p) => classColor(said[p] < 0 ? IGNORED : said[p]);
}

/** An image in light grey, for something to stand out. */
export function paleView(pixels: Uint8Array): ColorOf {
  return (p) => {
    const grey = 128 + (pixels[3 * p] + pixels[3 * p + 1] + pixels[3 * p + 2]) / 6;
    return [grey, grey, grey];
  };
}

/** What is wrong. */
export const WRONG: Rgb = [214, 39, 40];

// --- internal ---

const GAP = 6;
/** Smaller images are enlarged by a whole number, so that pixels stay visible as they are. */
const READABLE = 128;
