import type { ModelConfig } from '../../models/options.js';
import { theoreticalMacs, theoreticalMemory } from '../../operators/octconv/layer.js';
import type { Blueprint } from '../../layers/blueprint.js';

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
  const found = octaveOf(model);
  if (found === undefined || found.alpha === 0) return undefined;
  const { alpha, kind, plain } = found;
  const whole = design(plain);
  return {
    alpha,
    macsPercent: (100 * net.total().macs) / whole.total().macs,
    activationPercent: (100 * activationBytes(net)) / activationBytes(whole),
    theoryMacsPercent: kind === 'full' ? 100 * theoreticalMacs(alpha) : null,
    theoryMemoryPercent: 100 * theoreticalMemory(alpha),
  };
}

/** Bytes of all layers' outputs for one image. */
export function activationBytes(net: Blueprint): number {
  return net.summary().reduce((sum, layer) => sum + layer.activationBytes, 0);
}

// --- internal ---

interface Found {
  readonly alpha: number;
  readonly kind: 'full' | 'depthwise' | 'separable';
  /** The same network at α = 0. */
  readonly plain: ModelConfig;
}

function octaveOf(model: ModelConfig): Found | undefined {
  if (model.family === 'octconv-article') {
    return { alpha: model.alpha, kind: model.kind, plain: { ...model, alpha: 0 } };
  }
  if (model.family === 'wide-resnet' && model.alpha > 0) {
    return { alpha: model.alpha, kind: 'full', plain: { ...model, alpha: 0 } };
  }
  if (model.family !== 'resnet' && model.family !== 'wide-resnet') return undefined;
  const { spatial } = model;
  if (spatial.type !== 'octconv') return undefined;
  return {
    alpha: spatial.alpha,
    kind: spatial.kind,
    plain: { ...model, spatial: { ...spatial, alpha: 0 } },
  };
}
