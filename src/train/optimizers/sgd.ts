import { z } from 'zod';
import { belowOne, representable } from '../../util/schema-parts.js';
import { decaying, defineOptimizer } from './define-optimizer.js';

/**
 * Stochastic gradient descent with momentum (torch.optim.SGD). Most papers' weight decay is an L2 penalty in the gradient,
 * which momentum then adds up: `decoupledDecay: false`.
 */
export const sgd = defineOptimizer({
  options: z.strictObject({
    name: z.literal('sgd'),
    learningRate: representable.default(0.1),
    weightDecay: z.number().min(0).default(0),
    decoupledDecay: z
      .boolean()
      .default(true)
      .describe(
        'Decay apart from the step; false: weightDecay is the L2 penalty of torch.optim.SGD, a part of the gradient.',
      ),
    momentum: belowOne.default(0.9),
    nesterov: z.boolean().default(false),
    ...decaying,
  }),
  kernel: 'SgdUpdate',
  slots: { velocity: 'velocity' },
  scalars: {},
  momentum: {
    kind: 'velocity',
    slot: 'velocity',
    nesterov: ({ nesterov }) => nesterov,
    penalty: ({ decoupledDecay }, weightDecay) => (decoupledDecay ? 0 : weightDecay),
    without: { momentum: 0, nesterov: false },
  },
  attributes: ({ momentum, nesterov, decoupledDecay }, weightDecay) => ({
    ...{ momentum, nesterov, weightDecay },
    decoupled: decoupledDecay,
  }),
});
