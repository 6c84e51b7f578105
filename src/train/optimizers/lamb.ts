import { z } from 'zod';
import { belowOne, magnitude, representable } from '../../util/schema-parts.js';
import { decaying, defineOptimizer } from './define-optimizer.js';

/** LAMB (You et al. 2020): Adam's step, as long for each parameter as the parameter itself times the rate. */
export const lamb = defineOptimizer({
  options: z.strictObject({
    name: z.literal('lamb'),
    learningRate: representable.default(0.001),
    weightDecay: z.number().min(0).default(0.01).describe('A part of the step, as in the article.'),
    beta1: belowOne.default(0.9),
    beta2: belowOne.default(0.999),
    epsilon: magnitude.default(1e-6),
    trustClip: z.boolean().default(false).describe('Steps are never longer than Adam’s.'),
    alwaysAdapt: z
      .boolean()
      .default(false)
      .describe('The length of the step follows that of parameters without decay too.'),
    decoupledDecay: z.boolean().default(false).describe('Decay apart from the step.'),
    ...decaying,
  }),
  kernel: 'LambUpdate',
  slots: { firstMoment: 'first_moment', secondMoment: 'second_moment' },
  scalars: {
    beta1Power: { name: 'beta1_power', start: 1, factor: ({ beta1 }) => beta1 },
    beta2Power: { name: 'beta2_power', start: 1, factor: ({ beta2 }) => beta2 },
  },
  momentum: { kind: 'average', slot: 'firstMoment', power: 'beta1Power', without: { beta1: 1 } },
  attributes: ({ beta1, beta2, epsilon, trustClip, alwaysAdapt, decoupledDecay }, weightDecay) => ({
    ...{ beta1, beta2, epsilon, weightDecay },
    decoupled: decoupledDecay,
    adapts: alwaysAdapt || weightDecay !== 0,
    clips: trustClip,
  }),
});
