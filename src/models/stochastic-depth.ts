import { Dropout } from '../layers/dropout.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import { isAlwaysZero, mapLine, type OverTraining } from '../util/over-training.js';

/**
 * How often a block is dropped: the network's rate times i / n for block i of n, i from 0 (Huang et al. 2016, section 3,
 * as the reference implementation of EfficientNet counts).
 */
export function depthRate(rate: OverTraining, block: number, blocks: number): OverTraining {
  return mapLine(rate, (each) => (each * block) / blocks);
}

/** A block's branch, left out for whole images at this rate. */
export function dropped(net: Blueprint, x: Node, block: string, rate: OverTraining): Node {
  return isAlwaysZero(rate) ? x : net.add(new Dropout({ name: `${block}/drop`, rate, perSample: true }), x);
}
