import { z } from 'zod';
import { batchNorm, count, fraction, odd, saying } from '../../util/schema-parts.js';

const involution = z.strictObject({
  type: z.literal('involution'),
  generator: z
    .enum(['paper', 'linear'])
    .default('paper')
    .describe('paper: reduce, BN, ReLU, span; linear: reduce, span.'),
  groups: count.default(4).describe('G'),
  reductionRatio: count.default(4).describe('r'),
  kernelSize: odd.default(7).describe('K, odd'),
  followedBy: z
    .enum(['none', 'bn-swish'])
    .default('none')
    .describe('What stands between it and the projection.'),
  initialization: z
    .enum(['static', 'reference'])
    .default('static')
    .describe(
      'static: starts as a depthwise convolution; reference: random kernels, as in the authors’ code.',
    ),
});
const squeezeExcite = z.strictObject({
  type: z.literal('se'),
  reductionRatio: count.default(4).describe('Squeezed width is the block input width over this, floored.'),
});
const noAttention = z.strictObject({ type: z.literal('none') });

const removable = saying('only stages 2 to 8 can be removed');
/** EfficientNet with the switches of the involution experiments. */
export const efficientnet = z.strictObject({
  family: z.literal('efficientnet'),
  variant: z.enum(['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'blog-b4']).default('b0'),
  attention: z
    .discriminatedUnion('type', [squeezeExcite, involution, noAttention])
    .default({ type: 'se', reductionRatio: 4 })
    .describe('What stands in a block between the depthwise convolution and the projection.'),
  removeStages: z
    .array(z.int().min(2, removable).max(8, removable))
    .refine((stages) => new Set(stages).size === stages.length, saying('a stage is named twice'))
    .default([])
    .describe("Stages left out, in the paper's numbering: 1 stem, 2…8 blocks, 9 head."),
  depthwiseKernel: odd
    .nullable()
    .default(null)
    .describe('Kernel size of every depthwise convolution; null: as in the paper.'),
  dropout: fraction
    .nullable()
    .default(null)
    .describe('Before the classifier; null: as in the paper (b0: 0.2).'),
  dropConnect: fraction
    .default(0.2)
    .describe('Stochastic depth: block i of n is dropped at this rate times i / n, i from 0.'),
  batchNorm: batchNorm({ momentum: 0.9, epsilon: 1e-3 }),
});

export type EfficientNetConfig = z.infer<typeof efficientnet>;
export type AttentionConfig = EfficientNetConfig['attention'];
