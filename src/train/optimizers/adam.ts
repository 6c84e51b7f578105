import { z } from 'zod';
import { belowOne, magnitude, representable } from '../../util/schema-parts.js';
import { decaying, defineOptimizer } from './define-optimizer.js';

/** Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019), under both of its names. */
export const adam = defineOptimizer({
  options: z.strictObject({
    name: z.enum(['adam', 'adamw']),
    learningRate: representable.default(0.001),
    weightDecay: z.number().min(0).default(0.01).describe('Decoupled.'),
    beta1: belowOne.default(0.9),
    beta2: belowOne.default(0.999),
    epsilon: magnitude.default(1e-8),
    ...decaying,
  }),
  kernel: 'AdamUpdate',
  slots: { firstMoment: 'first_moment', secondMoment: 'second_moment' },
  scalars: {
    beta1Power: { name: 'beta1_power', start: 1, factor: ({ beta1 }) => beta1 },
    beta2Power: { name: 'beta2_power', start: 1, factor: ({ beta2 }) => beta2 },
  },
  momentum: { kind: 'average', slot: 'firstMoment', power: 'beta1Power', without: { beta1: 1 } },
  attributes: ({ beta1, beta2, epsilon }, weightDecay) => ({
    beta1,
    beta2,
    epsilon,
    weightDecay,
  }),
});
