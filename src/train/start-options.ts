import { z } from 'zod';
import { representable } from '../util/schema-parts.js';

/** Weights that others trained, as the start of a training. */
const from = z
  .union([
    z.string().min(1),
    z.strictObject({
      weights: z
        .string()
        .min(1)
        .describe(
          'A safetensors file of timm, torchvision or Keras, a .h5 or .keras of Keras, or the folder of a run.',
        ),
      checkpoint: z.string().default('best').describe('Of a run: best, last, averaged or epoch-<n>.'),
      head: z
        .enum(['auto', 'new'])
        .default('auto')
        .describe('auto: the head comes along where it is for the same classes; new: never.'),
      partial: z
        .boolean()
        .default(false)
        .describe('Take what fits by name and shape, and leave the rest as it starts from the seed.'),
    }),
  ])
  .nullable()
  .default(null)
  .describe(
    'Weights to start from: a safetensors file, one of Keras, or the folder of a run; null: those of the seed.',
  );

/** How training starts, and which layers learn how fast: what fine-tuning is made of. */
export const start = {
  from,
  freeze: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'The stage up to which weights stay as they are: the name of a feature map (stage3), or features for all but the head.',
    ),
  freezeBatchNorm: z
    .enum(['frozen-layers', 'all', 'none'])
    .default('frozen-layers')
    .describe(
      'Where batch norm keeps its statistics, scale and offset, and normalises by them in training too.',
    ),
  layerDecay: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('The rate of a block is that of the one after it times this; that of the head is the whole.'),
  headRate: representable.default(1).describe('The rate of the head is the others’ times this.'),
} as const;

export type StartConfig = { readonly [K in keyof typeof start]: z.infer<(typeof start)[K]> };

/** What a config says of the weights to start from, however it is written; undefined: those of the seed. */
export interface From {
  readonly weights: string;
  readonly checkpoint: string;
  readonly head: 'auto' | 'new';
  readonly partial: boolean;
}

export function fromOf({ from: given }: Pick<StartConfig, 'from'>): From | undefined {
  if (given === null) return undefined;
  return typeof given === 'string'
    ? { weights: given, checkpoint: 'best', head: 'auto', partial: false }
    : given;
}
