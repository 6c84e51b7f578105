import { z } from 'zod';
import { channels, count, odd, renamed } from '../../util/schema-parts.js';
import { channelsOfGroup, groups } from '../group-options.js';

/** Involution (Li et al. 2021). */
export const involution = renamed(
  z.strictObject({
    type: z.literal('involution'),
    generation: z
      .enum(['pixel', 'query-key', 'query-key-softmax', 'position'])
      .default('pixel')
      .describe(
        'What a kernel is made from. pixel: the pixel there, by `generator`; query-key: its product with each ' +
          'neighbour; query-key-softmax: that after a softmax; position: the place in the window alone.',
      ),
    generator: z
      .enum(['paper', 'linear'])
      .default('paper')
      .describe('paper: reduce, BN, ReLU, span; linear: reduce, span.'),
    groups: groups.default({ channels: 16 }).describe('G, or C/G: channels that share a kernel.'),
    reductionRatio: channels.default(4).describe('r'),
    kernelSize: odd.default(7).describe('K, odd'),
    dilation: count.max(1024).default(1),
    initialization: z
      .enum(['static', 'reference'])
      .default('static')
      .describe(
        'How the generator starts. static: as a depthwise convolution; reference: random kernels, as in the authors’ code.',
      ),
    kernelBound: z
      .enum(['none', 'tanh', 'l2'])
      .default('none')
      .describe(
        'What keeps kernels of generation pixel from growing with the pixel, which squares what stands out at every ' +
          'layer. tanh: each value within ±1; l2: each kernel over its length.',
      ),
  }),
  channelsOfGroup('channelsPerGroup'),
);

export type InvolutionConfig = z.infer<typeof involution>;
