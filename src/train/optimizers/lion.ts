import { z } from 'zod';
import { belowOne, representable } from '../../util/schema-parts.js';
import { decaying, defineOptimizer } from './define-optimizer.js';

/** Lion (Chen et al. 2023, algorithm 2): the sign of a momentum is the step; decoupled weight decay. */
export const lion = defineOptimizer({
  options: z.strictObject({
    name: z.literal('lion'),
    learningRate: representable.default(1e-4),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    beta1: belowOne.default(0.9).describe('Share of the momentum in the step.'),
    beta2: belowOne.default(0.99).describe('Share of the old momentum in the new.'),
    ...decaying,
  }),
  kernel: 'LionUpdate',
  slots: { momentum: 'momentum' },
  scalars: {},
  attributes: ({ beta1, beta2 }, weightDecay) => ({ beta1, beta2, weightDecay }),
});
