import type { TheoreticalShare } from '../operator.js';
import { theoreticalMacs, theoreticalMemory } from './layer.js';
import type { OctaveKind } from './options.js';

/**
 * What theory says of octave convolution (Chen et al. 2019, table 1), wherever a config has an α; nothing at α = 0.
 * A depthwise one has no paths between the parts, so that of multiply-adds holds for a full one alone.
 */
export function octaveShare<Options extends { readonly alpha: number }>(
  options: Options,
  kind: OctaveKind,
): TheoreticalShare<Options> | undefined {
  const { alpha } = options;
  if (alpha === 0) return undefined;
  return {
    plain: { ...options, alpha: 0 },
    alpha,
    macs: kind === 'full' ? theoreticalMacs(alpha) : null,
    memory: theoreticalMemory(alpha),
  };
}
