import { rotation, shear, transform, translation, type Fill, type Interpolation } from '../affine.js';
import type { Canvas } from '../canvas.js';
import { brightness, contrast, saturation, sharpness } from '../enhance.js';
import { autoContrast, equalize, invert, posterize, solarize } from '../tone.js';

/** How geometric operations draw. */
export interface Drawing {
  readonly interpolation: Interpolation;
  readonly fill: Fill;
}

interface Operation {
  /** Whether its magnitude is drawn with either sign. */
  readonly signed: boolean;
  apply(canvas: Canvas, magnitude: number, drawing: Drawing): void;
}

type Affine = Parameters<typeof transform>[1];

const geometric = (map: (magnitude: number, size: number) => Affine): Operation => ({
  signed: true,
  apply: (canvas, magnitude, { interpolation, fill }) =>
    transform(canvas, map(magnitude, canvas.size), interpolation, fill),
});

/** An enhancement by 1 + magnitude. */
const enhancing = (enhance: (canvas: Canvas, factor: number) => void): Operation => ({
  signed: true,
  apply: (canvas, magnitude) => enhance(canvas, 1 + magnitude),
});

const tonal = (change: (pixels: Uint8Array, magnitude: number) => void): Operation => ({
  signed: false,
  apply: ({ pixels }, magnitude) => change(pixels, magnitude),
});

/** What policies are made of, by torchvision's names (Cubuk et al. 2019, table 6). */
export const operations = {
  identity: tonal(() => undefined),
  shearX: geometric((level) => shear('x', level)),
  shearY: geometric((level) => shear('y', level)),
  translateX: geometric((pixels) => translation(Math.trunc(pixels), 0)),
  translateY: geometric((pixels) => translation(0, Math.trunc(pixels))),
  rotate: geometric(rotation),
  brightness: enhancing(brightness),
  color: enhancing(saturation),
  contrast: enhancing(contrast),
  sharpness: enhancing(sharpness),
  posterize: tonal(posterize),
  solarize: tonal(solarize),
  autoContrast: tonal(autoContrast),
  equalize: tonal(equalize),
  invert: tonal(invert),
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

/** An operation as a policy has drawn it. */
export interface Drawn {
  readonly operation: OperationName;
  /** What it means is the operation's; 0 where it has none. */
  readonly magnitude: number;
}

/** Does one operation on the image of the canvas. */
export function applyOperation(canvas: Canvas, { operation, magnitude }: Drawn, drawing: Drawing): void {
  operations[operation].apply(canvas, magnitude, drawing);
}
