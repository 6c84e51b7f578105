import type { ModelConfig } from '../../models/options.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { theoreticalShare } from '../../models/registry.js';

/** What octave convolutions leave of a network, in per cent of the same one at α = 0. */
export interface OctaveShare {
  readonly alpha: number;
  /** Counted: multiply-adds, and bytes of all layers' outputs. */
  readonly macsPercent: number;
  readonly activationPercent: number;
  /** Of one octave convolution by theory: 1 − ¾α(2 − α), and 1 − ¾α. Null for a depthwise or separable one. */
  readonly theoryMacsPercent: number | null;
  readonly theoryMemoryPercent: number;
}

/**
 * The share that `net`, the network of `model`, has of itself at α = 0; undefined where it has no octave convolution.
 * @param design makes the network of another model with the same head and images
 */
export function octaveShare(
  net: Blueprint,
  model: ModelConfig,
  design: (model: ModelConfig) => Blueprint,
): OctaveShare | undefined {
  const share = theoreticalShare(model);
  if (share === undefined) return undefined;
  const { alpha, macs, memory } = share;
  const whole = design(share.plain);
  return {
    alpha,
    macsPercent: (100 * net.total().macs) / whole.total().macs,
    activationPercent: (100 * activationBytes(net)) / activationBytes(whole),
    theoryMacsPercent: macs === null ? null : 100 * macs,
    theoryMemoryPercent: 100 * memory,
  };
}

/** Bytes of all layers' outputs for one image. */
export function activationBytes(net: Blueprint): number {
  return net.summary().reduce((sum, layer) => sum + layer.activationBytes, 0);
}
