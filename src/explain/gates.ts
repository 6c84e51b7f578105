import { heatPicture } from './draw/heat.js';
import type { Panel, Tile } from './explanation.js';
import { rangeOf, type HeatMap } from './heat-map.js';
import { numberText } from './number-text.js';

/** What a layer multiplies its channels by, for one image, and the map that it does so with. */
export interface GatesOfImage {
  /** A number from 0 to 1 a channel. */
  readonly gates: Float32Array;
  readonly height: number;
  readonly width: number;
  /** [height, width, channels], before they are multiplied. */
  readonly map: Float32Array;
}

/**
 * The channels of one image that a layer lets through, and those that it shuts out.
 * @param count channels of either kind
 */
export function gatesPanel(name: string, image: GatesOfImage, count: number): Panel {
  const { gates } = image;
  const byGate = Array.from(gates.keys()).sort((a, b) => gates[b] - gates[a] || a - b);
  const shown = Math.min(count, Math.floor(gates.length / 2));
  const tile = (channel: number): Tile => {
    const heat = channelOf(image, channel);
    const [least, most] = rangeOf(heat).map(numberText);
    const caption = `channel ${channel + 1}, gate ${numberText(gates[channel])}: ${least} to ${most}`;
    return { picture: heatPicture(heat), caption };
  };
  const mean = gates.reduce((sum, gate) => sum + gate, 0) / gates.length;
  const deviation = Math.sqrt(gates.reduce((sum, gate) => sum + (gate - mean) ** 2, 0) / gates.length);
  return {
    title: `${name}: the channels that it opens`,
    text:
      `Each channel is multiplied by a gate from 0, shut, to 1, open. Above the ${shown} most open of ${gates.length}, below the most shut, ` +
      `as they are before, each from its 1st percentile (dark) to its 99th (yellow). The gates of this image are ${numberText(mean)} on average, with a deviation of ${numberText(deviation)}.`,
    tiles: [...byGate.slice(0, shown), ...byGate.slice(byGate.length - shown)].map(tile),
    columns: Math.max(1, shown),
    stem: `${name}-gates`,
  };
}

// --- internal ---

function channelOf({ height, width, map, gates }: GatesOfImage, channel: number): HeatMap {
  const values = Float32Array.from(
    { length: height * width },
    (_, place) => map[place * gates.length + channel],
  );
  return { height, width, values };
}
