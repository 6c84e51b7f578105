import { z } from 'zod';
import { belowOne, representable } from '../../util/schema-parts.js';
import { defineOptimizer } from './define-optimizer.js';

/** Stochastic gradient descent with momentum (Sutskever et al. 2013) and decoupled weight decay. */
export const sgd = defineOptimizer({
  options: z.strictObject({
    name: z.literal('sgd'),
    learningRate: representable.default(0.1),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    momentum: belowOne.default(0.9),
    nesterov: z.boolean().default(false),
    decayNormAndBias: z.boolean().default(false),
  }),
  kernel: 'SgdUpdate',
  slots: { velocity: 'velocity' },
  scalars: {},
  momentum: {
    kind: 'velocity',
    slot: 'velocity',
    nesterov: ({ nesterov }) => nesterov,
    without: { momentum: 0, nesterov: false },
  },
  attributes: ({ momentum, nesterov }, weightDecay) => ({ momentum, nesterov, weightDecay }),
});
