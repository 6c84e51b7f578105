import { permutation, RandomStream } from '../../util/random.js';
import type { Canvas } from './canvas.js';
import { brightness, contrast, saturation } from './enhance.js';
import { turnHue } from './hue.js';
import type { AugmentConfig } from './options.js';

type Ranges = NonNullable<AugmentConfig['colorJitter']>;

const adjustments = {
  brightness,
  contrast,
  saturation,
  hue: ({ pixels }: Canvas, factor: number): void => turnHue(pixels, factor),
} satisfies Record<keyof Ranges, (canvas: Canvas, factor: number) => void>;

/** One change of an image's colours. */
export interface Adjustment {
  readonly name: keyof Ranges;
  readonly factor: number;
}

/** The changes of this key in their order (torchvision `ColorJitter`); one whose range is a point of no effect is left out. */
export function drawColorJitter(key: number, ranges: Ranges): Adjustment[] {
  const stream = new RandomStream(key, 'color jitter');
  const drawn = (Object.keys(adjustments) as (keyof Ranges)[]).map((name): Adjustment | undefined => {
    const neutral = name === 'hue' ? 0 : 1;
    const range = ranges[name];
    const least = name === 'hue' ? -Infinity : 0;
    const [low, high] =
      typeof range === 'number' ? [Math.max(least, neutral - range), neutral + range] : range;
    // Drawn in any case: what one key says does not disturb the others.
    const factor = stream.between(low, high);
    return low === neutral && high === neutral ? undefined : { name, factor };
  });
  return [...permutation(drawn.length, key, 'color jitter', 'order')].flatMap((index) => drawn[index] ?? []);
}

/** Makes one change of the image on the canvas. */
export function adjustColors(canvas: Canvas, { name, factor }: Adjustment): void {
  adjustments[name](canvas, factor);
}
