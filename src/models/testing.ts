import type { z } from 'zod';
import { model as modelSchema } from './options.js';
import { spatial, type SpatialConfig } from '../operators/options.js';
import type { EfficientNetConfig } from './efficientnet/options.js';
import type { Blueprint } from '../layers/blueprint.js';
import { designModel } from '../tasks/classification/head.js';

/** A model as a config file has it, defaults left out. */
export type ModelInput = z.input<typeof modelSchema>;

export const SE = { type: 'se', reductionRatio: 4 } as const;
export const NONE = { type: 'none' } as const;

/** Involution as in the article: G = 4, r = 4, K = 7. */
export function involution(generator: 'paper' | 'linear', followedBy: 'none' | 'bn-swish' = 'bn-swish') {
  return {
    type: 'involution',
    generator,
    groups: 4,
    reductionRatio: 4,
    kernelSize: 7,
    followedBy,
    initialization: 'static',
    kernelBound: 'none',
    generation: 'pixel',
    dilation: 1,
  } as const;
}

/** EfficientNet-B0, but for what is given. */
export function efficientNet(options: Partial<EfficientNetConfig> = {}): EfficientNetConfig {
  return {
    family: 'efficientnet',
    variant: 'b0',
    attention: SE,
    removeStages: [],
    depthwiseKernel: null,
    dropout: null,
    dropConnect: 0.2,
    batchNorm: { momentum: 0.9, epsilon: 1e-3 },
    ...options,
  };
}

export function design(options: Partial<EfficientNetConfig>, inputSize = 224, classes = 6): Blueprint {
  return designModel({ ...efficientNet(options), outputStride: null, decoder: null }, inputSize, classes);
}

/** The network of a model config as a user writes it, every default filled in. */
export function designFrom(config: ModelInput, inputSize = 32, classes = 10): Blueprint {
  return designModel(modelSchema.parse(config), inputSize, classes);
}

/** An operator with a window of 3, and groups or heads as small as can be: it fits maps of 2×2 and any width. */
export function smallestOperator(type: SpatialConfig['type']): SpatialConfig {
  const options: Record<string, unknown> = { ...spatial.parse({ type }) };
  if ('kernelSize' in options) options.kernelSize = 3;
  if ('heads' in options) options.heads = 1;
  if (typeof options.groups === 'object') options.groups = { channels: 1 };
  return spatial.parse(options);
}
