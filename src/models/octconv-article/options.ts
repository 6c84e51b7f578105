import { z } from 'zod';
import { batchNorm, blocks, channels } from '../../util/schema-parts.js';
import { alpha, octaveHead } from '../../operators/octconv/options.js';

/** The network of koshian2's OctConv article (2019), which it calls a Wide ResNet of N = 4, k = 10. */
export const octconvArticle = z.strictObject({
  family: z.literal('octconv-article'),
  alpha: alpha(0.5),
  width: channels.default(160).describe('Channels of the first group; twice and four times as many follow.'),
  blocks: blocks.default(3).describe('Residual blocks of each group, after the convolution that widens.'),
  head: octaveHead('concat-gap'),
  kind: z
    .enum(['full', 'separable'])
    .default('full')
    .describe('Of every 3×3 convolution. separable: depthwise, then 1×1, nothing in between.'),
  batchNorm: batchNorm({ momentum: 0.99, epsilon: 1e-3 }),
});

export type OctConvArticleConfig = z.infer<typeof octconvArticle>;
