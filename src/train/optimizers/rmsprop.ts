import { z } from 'zod';
import { belowOne, magnitude, representable } from '../../util/schema-parts.js';
import { decaying, defineOptimizer } from './define-optimizer.js';

/** RMSProp (Tieleman and Hinton 2012) with momentum and decoupled weight decay. */
export const rmsprop = defineOptimizer({
  options: z.strictObject({
    name: z.literal('rmsprop'),
    learningRate: representable.default(0.001),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    decay: belowOne.default(0.9),
    momentum: belowOne.default(0.9),
    epsilon: magnitude.default(1e-3),
    ...decaying,
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
