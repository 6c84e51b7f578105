import type { Tensor } from '../engine/tf.js';
import type { PlaceWeights } from '../layers/observation.js';
import type { HeatMap } from './heat-map.js';

/** A place of a map, counted from its upper left corner. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** What a layer weighs places by, for one image, as numbers: what an observation's tensors held. */
export interface WeightsOfImage {
  readonly kind: PlaceWeights['kind'];
  /** Channels of a group share their weights. */
  readonly groups: number;
  /** Size of the map that has weights at each of its places. */
  readonly height: number;
  readonly width: number;
  /** Size of the map that is weighed. */
  readonly seen: { readonly height: number; readonly width: number };
  /** Side of the window, where it is one. */
  readonly kernelSize: number | null;
  /** How what is weighed is mixed, the same in every block of `side`×`side`: [side,side,count]; null where it is not. */
  readonly mixtures: { readonly side: number; readonly count: number; readonly shares: Float32Array } | null;
  /** The weights of a place, tap by tap, row by row. */
  at(place: Place, group: number): Float32Array;
  /** Goes over them, each with where the layer looks with it; what lies beyond the border is left out, or mirrored. */
  visit(place: Place, group: number, look: (row: number, column: number, weight: number) => void): void;
  /** The same as a map of what is weighed. */
  spread(place: Place, group: number): HeatMap;
}

/**
 * Reads the weights of the first image out of what a layer has shown.
 * @param seen size of the layer's input
 */
export function readWeights(
  observed: PlaceWeights,
  seen: { readonly height: number; readonly width: number },
): WeightsOfImage {
  const { weights, kind, groups } = observed;
  const values = weights.dataSync<'float32'>().slice();
  const taps = tapsOf(observed);
  const { height, width } = observed.reach === 'map' ? observed : sizeOf(weights.shape);
  // Of a map the groups come first, elsewhere the places.
  const start = ({ row, column }: Place, group: number): number =>
    observed.reach === 'map'
      ? (group * height * width + row * width + column) * taps
      : ((row * width + column) * groups + group) * taps;
  const at = (place: Place, group: number): Float32Array =>
    values.subarray(start(place, group), start(place, group) + taps);
  const visit: WeightsOfImage['visit'] = (place, group, look) =>
    at(place, group).forEach((weight, tap) => {
      const target = targetOf(observed, place, tap, seen);
      if (target !== undefined) look(target.row, target.column, weight);
    });
  return {
    kind,
    groups,
    height,
    width,
    seen,
    kernelSize: observed.reach === 'window' ? observed.kernelSize : null,
    mixtures: observed.reach === 'window' && observed.mixtures ? mixturesOf(observed.mixtures) : null,
    at,
    visit,
    spread(place, group) {
      const heat = new Float32Array(seen.height * seen.width);
      visit(place, group, (row, column, weight) => (heat[row * seen.width + column]! += weight));
      return { ...seen, values: heat };
    },
  };
}

/**
 * What stands for a kernel at each place: the sum of its K×K values, as Li et al. 2021 draw involution's where they
 * visualise them, a map for each group.
 */
export function kernelSums({ height, width, at }: WeightsOfImage, group: number): HeatMap {
  const values = new Float32Array(height * width);
  for (let i = 0; i < values.length; i++) {
    const place = { row: Math.floor(i / width), column: i % width };
    values[i] = at(place, group).reduce((sum, value) => sum + value, 0);
  }
  return { height, width, values };
}

/** The kernel of a group that comes out on average over all places. */
export function meanKernel({ height, width, at }: WeightsOfImage, group: number): Float32Array {
  const sums = new Float64Array(at({ row: 0, column: 0 }, group).length);
  for (let i = 0; i < height * width; i++) {
    at({ row: Math.floor(i / width), column: i % width }, group).forEach(
      (value, tap) => (sums[tap]! += value),
    );
  }
  return Float32Array.from(sums, (sum) => sum / (height * width));
}

/**
 * How much of a group's kernels depends on the place: the share of their mean squared length that their mean does not have,
 * 0 for one kernel everywhere, which is a convolution, to 1.
 */
export function placeDependence(weights: WeightsOfImage, group: number): number {
  const { height, width, at } = weights;
  const squared = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
  let all = 0;
  for (let i = 0; i < height * width; i++) {
    all += squared(at({ row: Math.floor(i / width), column: i % width }, group)) / (height * width);
  }
  return all === 0 ? 0 : Math.max(0, 1 - squared(meanKernel(weights, group)) / all);
}

/**
 * How far each place looks: the mean distance, in places of the weighed map, to what it attends to, weighed by its
 * attention (Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", figure 7: "attention distance").
 */
export function attentionDistance(weights: WeightsOfImage, group: number): number {
  const { height, width } = weights;
  let [sum, total] = [0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = onSeen({ row, column }, weights);
      weights.visit({ row, column }, group, (toRow, toColumn, weight) => {
        sum += weight * Math.hypot(toRow - from.row, toColumn - from.column);
        total += weight;
      });
    }
  }
  return total === 0 ? 0 : sum / total;
}

/** The place of the weighed map that lies where a place with weights does: at a stride, the first of its s×s. */
export function onSeen({ row, column }: Place, { height, width, seen }: WeightsOfImage): Place {
  return {
    row: row * Math.round(seen.height / height),
    column: column * Math.round(seen.width / width),
  };
}

// --- internal ---

function mixturesOf(mixtures: Tensor): WeightsOfImage['mixtures'] {
  const [side, , count] = mixtures.shape as [number, number, number];
  return { side, count, shares: mixtures.dataSync<'float32'>().slice() };
}

function tapsOf(observed: PlaceWeights): number {
  if (observed.reach === 'window') return observed.kernelSize ** 2;
  return observed.weights.shape.at(-1)!;
}

function sizeOf(shape: readonly number[]): { height: number; width: number } {
  return { height: shape[1]!, width: shape[2]! };
}

/** Where a layer looks with one of its taps; undefined beyond the border. */
function targetOf(
  observed: PlaceWeights,
  { row, column }: Place,
  tap: number,
  seen: { readonly height: number; readonly width: number },
): Place | undefined {
  if (observed.reach === 'map') return { row: Math.floor(tap / seen.width), column: tap % seen.width };
  if (observed.reach === 'axis') {
    const isHeight = observed.axis === 'height';
    const own = isHeight ? row : column;
    const first = observed.around ? own - (observed.weights.shape.at(-1)! - 1) / 2 : 0;
    const key = first + tap;
    return within(isHeight ? { row: key, column } : { row, column: key }, seen);
  }
  const { kernelSize, stride, dilation, mirrored } = observed;
  const reach = (kernelSize - 1) / 2;
  const target = {
    row: row * stride + (Math.floor(tap / kernelSize) - reach) * dilation,
    column: column * stride + ((tap % kernelSize) - reach) * dilation,
  };
  return mirrored
    ? { row: reflected(target.row, seen.height), column: reflected(target.column, seen.width) }
    : within(target, seen);
}

function within(place: Place, seen: { readonly height: number; readonly width: number }): Place | undefined {
  const { row, column } = place;
  return row >= 0 && column >= 0 && row < seen.height && column < seen.width ? place : undefined;
}

/** The border's place itself is not repeated. */
function reflected(at: number, length: number): number {
  return at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at;
}
