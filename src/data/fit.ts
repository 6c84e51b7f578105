import type { Box } from './resize.js';

/** How an image of any shape becomes the square that the model sees. */
export type Fit =
  /** Both sides to the input's: the aspect is lost. */
  | { readonly kind: 'squeeze' }
  /** The shorter side to `side`, then the centre (torchvision's `Resize` and `CenterCrop`). */
  | { readonly kind: 'crop'; readonly side: number }
  /** The longer side to the input's, then black bars (letterbox). */
  | { readonly kind: 'pad' };

interface Size {
  readonly width: number;
  readonly height: number;
}

export const squeezed: Fit = { kind: 'squeeze' };

/** What `data.resize` and `data.cropFraction` mean at an input size; the fraction is timm's `crop_pct`. */
export function fitOf(config: {
  readonly resize: Fit['kind'];
  readonly cropFraction: number;
  readonly inputSize: number;
}): Fit {
  if (config.resize !== 'crop') return { kind: config.resize };
  return { kind: 'crop', side: Math.round(config.inputSize / config.cropFraction) };
}

/** Part of the key of what is cached; nothing for `squeeze`, which was all there was. */
export function fitKey(fit: Fit): string {
  if (fit.kind === 'squeeze') return '';
  return fit.kind === 'pad' ? '|pad' : `|crop-${fit.side}`;
}

/** The size that an image is resized to before its centre is cut out or bars are added. */
export function fittedSize({ width, height }: Size, fit: Fit, size: number): Size {
  if (fit.kind === 'squeeze') return { width: size, height: size };
  const shorter = Math.min(width, height);
  const longer = Math.max(width, height);
  const [short, long] =
    fit.kind === 'crop'
      ? // Rounded down, as torchvision's Resize does.
        [fit.side, Math.floor((fit.side * longer) / shorter)]
      : [Math.max(1, Math.round((size * shorter) / longer)), size];
  return width <= height ? { width: short, height: long } : { width: long, height: short };
}

/** The centre of an image, `size` on a side, where torchvision's `CenterCrop` has it. */
export function centreBox({ width, height }: Size, size: number): Box {
  return { left: halfEven(width - size), top: halfEven(height - size), width: size, height: size };
}

/** Half of a whole number; what is halfway goes to the even neighbour, as Python rounds. */
function halfEven(difference: number): number {
  const half = Math.floor(difference / 2);
  return difference % 2 === 0 || half % 2 === 0 ? half : half + 1;
}

/** Puts a picture of `width`·`height`·3 bytes into the middle of a black square; an odd row or column is below or right. */
export function padded(pixels: Uint8Array, { width, height }: Size, out: Uint8Array, size: number): void {
  out.fill(0);
  const left = (size - width) >> 1;
  const top = (size - height) >> 1;
  for (let y = 0; y < height; y++) {
    out.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * size + left) * 3);
  }
}

/** Copies a box out of a picture that is `width` wide. */
export function cutOut(pixels: Uint8Array, width: number, box: Box, out: Uint8Array): void {
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * width + box.left) * 3;
    out.set(pixels.subarray(start, start + box.width * 3), y * box.width * 3);
  }
}
