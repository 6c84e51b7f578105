import type { LayerShape } from '../engine/tf.js';

/** What a layer costs for one image, counted exactly. */
export interface LayerCost {
  /** Trainable parameters. */
  readonly parameters: number;
  /** Parameters that are not trained: moving statistics. */
  readonly nonTrainable: number;
  /** Multiply-adds of convolutions, linears, attention and involution products, and nothing else. */
  readonly macs: number;
  /** Element-wise work: batch norm 2 an element, bias, activation, pooling, gating and residual sums 1. */
  readonly macsElementwise: number;
  /** Values kept for the backward pass beside the layer's own output (what lies inside the operator). */
  readonly innerActivations: number;
}

export const NO_COST: LayerCost = {
  parameters: 0,
  nonTrainable: 0,
  macs: 0,
  macsElementwise: 0,
  innerActivations: 0,
};

/** Adds costs up. */
export function sumCosts(costs: readonly Partial<LayerCost>[]): LayerCost {
  const sum = { ...NO_COST } as { -readonly [K in keyof LayerCost]: number };
  for (const cost of costs)
    for (const key of Object.keys(sum) as (keyof LayerCost)[]) sum[key] += cost[key] ?? 0;
  return sum;
}

/** Number of values of a shape for one image: the batch axis, null or not, is left out. */
export function elements(shape: LayerShape): number {
  return shape.slice(1).reduce<number>((product, length) => product * (length ?? 1), 1);
}

/** Cost of a k×k convolution by its output: `places` = OH·OW. Bias counts one an output value. */
export function convolutionCost(
  places: number,
  taps: number,
  inputChannels: number,
  outputChannels: number,
  useBias: boolean,
): Partial<LayerCost> {
  return {
    parameters: taps * inputChannels * outputChannels + (useBias ? outputChannels : 0),
    macs: places * taps * inputChannels * outputChannels,
    macsElementwise: useBias ? places * outputChannels : 0,
  };
}
