import { z } from 'zod';
import { fraction, positive } from '../../util/schema-parts.js';
import { defineOptimizer } from './define-optimizer.js';

/** RMSProp (Tieleman and Hinton 2012) with momentum and decoupled weight decay. */
export const rmsprop = defineOptimizer({
  options: z.strictObject({
    name: z.literal('rmsprop'),
    learningRate: positive.default(0.001),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    decay: fraction.default(0.9),
    momentum: fraction.default(0.9),
    epsilon: positive.default(1e-3),
    decayNormAndBias: z.boolean().default(false),
  }),
  kernel: 'RmsPropUpdate',
  slots: { meanSquare: 'mean_square', velocity: 'velocity' },
  scalars: {},
  attributes: ({ decay, momentum, epsilon }, weightDecay) => ({
    decay,
    momentum,
    epsilon,
    weightDecay,
  }),
});
