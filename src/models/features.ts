import type { Node } from '../layers/blueprint.js';
import { isAlwaysZero, type OverTraining } from '../util/over-training.js';

/** A map of a network on the way to its end. */
export interface FeatureMap {
  /** Of the stage that puts it out: `stage2`, `group1`, `entry3`. */
  readonly name: string;
  /** Pixels of the image, along a side, for one of the map. */
  readonly stride: number;
  /** [H/stride, W/stride, C], rounded up, or down where the network pads nothing. */
  readonly node: Node;
}

/** What a family makes of an image; a task puts its head on it. */
export interface Features {
  /** The last map of each stage, from the image on; several may have one stride. */
  readonly maps: readonly FeatureMap[];
  /** What a classifier looks at: a map [H,W,C], or a vector [C] where the family has its own way to one. */
  readonly last: Node;
  /** Whether a decoder has brought all maps together in the last one. */
  readonly isDecoded?: boolean;
  /** Rate of the dropout before a classifier; null: there is none. */
  readonly dropout: OverTraining | null;
}

/** The deepest map of each stride, from the finest on. */
export function deepestOfStrides(maps: readonly FeatureMap[]): FeatureMap[] {
  const byStride = new Map(maps.map((map) => [map.stride, map]));
  return [...byStride.values()].sort((a, b) => a.stride - b.stride);
}

/** A network's rate of dropout as `Features` has it: none at 0. */
export function dropoutOf(rate: OverTraining): OverTraining | null {
  return isAlwaysZero(rate) ? null : rate;
}
