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
  const drawn = rangesOf(ranges).map(({ name, low, high, isNeutral }): Adjustment | undefined => {
    // Drawn in any case: what one key says does not disturb the others.
    const factor = stream.between(low, high);
    return isNeutral ? undefined : { name, factor };
  });
  return [...permutation(drawn.length, key, 'color jitter', 'order')].flatMap((index) => drawn[index] ?? []);
}

/** Both ends of each range that has an effect. */
export function extremesOfColorJitter(ranges: Ranges): Adjustment[] {
  return rangesOf(ranges).flatMap(({ name, low, high, isNeutral }) =>
    isNeutral ? [] : [...new Set([low, high])].map((factor) => ({ name, factor })),
  );
}

/** Makes one change of the image on the canvas. */
export function adjustColors(canvas: Canvas, { name, factor }: Adjustment): void {
  adjustments[name](canvas, factor);
}

// --- internal ---

interface FactorRange {
  readonly name: keyof Ranges;
  readonly low: number;
  readonly high: number;
  readonly isNeutral: boolean;
}

function rangesOf(ranges: Ranges): FactorRange[] {
  return (Object.keys(adjustments) as (keyof Ranges)[]).map((name) => {
    const range = ranges[name];
    // A hue is turned by a factor around 0, everything else is multiplied by one around 1, and never by less than 0.
    const [neutral, least] = name === 'hue' ? [0, -0.5] : [1, 0];
    const [low, high] =
      typeof range === 'number' ? [Math.max(least, neutral - range), neutral + range] : range;
    return { name, low, high, isNeutral: low === neutral && high === neutral };
  });
}
