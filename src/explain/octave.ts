import { heatPicture } from './draw/heat.js';
import type { Panel, Tile } from './explanation.js';
import type { HeatMap } from './heat-map.js';
import { rangeText, sizeText } from './number-text.js';

/** How strong one part of an octave feature map is at each place: `values` [height,width,channels]. */
export function octaveTile(
  name: string,
  values: Float32Array,
  size: readonly [height: number, width: number],
): Tile {
  const heat = strength(values, size);
  return { picture: heatPicture(heat), caption: `${name}, ${sizeText(heat)}: ${rangeText(heat)}` };
}

export function octavePanel(tiles: readonly Tile[]): Panel {
  return {
    title: 'Octave maps: high and low frequency',
    text: 'The root of the mean square over the channels at each place, before what follows the convolution; the low part has half the height and width.',
    tiles,
    columns: 4,
    stem: 'octave-maps',
  };
}

// --- internal ---

/** √(mean over the channels of x²) at each place. */
function strength(values: Float32Array, [height, width]: readonly [number, number]): HeatMap {
  const channels = values.length / (height * width);
  const heat = new Float32Array(height * width);
  values.forEach((value, i) => (heat[Math.floor(i / channels)]! += value ** 2 / channels));
  return { height, width, values: heat.map(Math.sqrt) };
}
