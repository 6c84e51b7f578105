import { heatPicture } from './draw/heat.js';
import type { Panel } from './explanation.js';
import { rangeText } from './number-text.js';
import type { WeightsOfImage } from './place-weights.js';

/** What the values of each place of a block are mixed of: a picture a value matrix. */
export function mixturesPanel(
  name: string,
  { side, count, shares }: NonNullable<WeightsOfImage['mixtures']>,
): Panel {
  const tiles = Array.from({ length: count }, (_, matrix) => {
    const values = Float32Array.from({ length: side ** 2 }, (__, place) => shares[place * count + matrix]!);
    const heat = { height: side, width: side, values };
    return { picture: heatPicture(heat), caption: `matrix ${matrix + 1}: ${rangeText(heat)}` };
  });
  return {
    title: `${name}: what values are mixed of`,
    text:
      `The values of a place are made by a mixture of ${count} matrices, by where in its block of ${side}×${side} it lies, in all ` +
      `blocks and images alike. The share of each matrix at each place, from its least (dark) to its most (yellow).`,
    tiles,
    columns: count,
    stem: `${name}-mixtures`,
  };
}
