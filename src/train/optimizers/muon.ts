import { z } from 'zod';
import { belowOne, magnitude, representable } from '../../util/schema-parts.js';
import { decaying, defineMixedOptimizer, ruleFor } from './define-optimizer.js';

const options = z.strictObject({
  name: z.literal('muon'),
  learningRate: representable.default(0.02).describe('Of the matrices.'),
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe('Decoupled; with fixedNorm of the other parameters alone.'),
  fixedNorm: z
    .boolean()
    .default(false)
    .describe(
      "Whether a matrix is brought to the norm √outputs before each step, in the place of decay (Jordan's airbench94_muon).",
    ),
  momentum: belowOne.default(0.95),
  nesterov: z.boolean().default(true),
  steps: z
    .int()
    .min(1)
    .max(20)
    .default(5)
    .describe('Of the iteration that makes a step orthogonal (Newton and Schulz).'),
  matrices: z
    .enum(['hidden', 'all'])
    .default('hidden')
    .describe('Kernels that it moves: those of hidden layers, or of the first and the last layer too.'),
  adamw: z
    .strictObject({
      learningRate: representable
        .default(3e-4)
        .describe('Follows the schedule as the rate of the matrices does.'),
      beta1: belowOne.default(0.9),
      beta2: belowOne.default(0.95),
      epsilon: magnitude.default(1e-10),
    })
    .prefault({})
    .describe('Of all other parameters.'),
  ...decaying,
});
const rule = ruleFor(options);

/** For kernels: see MuonUpdate. */
const matrices = rule({
  kernel: 'MuonUpdate',
  slots: { momentum: 'momentum' },
  scalars: {},
  attributes: ({ momentum, nesterov, steps, fixedNorm }, weightDecay, { shape, outputAxes }) => ({
    ...{ momentum, nesterov, steps, fixedNorm, weightDecay },
    outputs: shape.slice(-outputAxes).reduce((product, size) => product * size, 1),
  }),
});

const others = rule({
  kernel: 'AdamUpdate',
  slots: { firstMoment: 'first_moment', secondMoment: 'second_moment' },
  scalars: {
    beta1Power: { name: 'beta1_power', start: 1, factor: ({ adamw }) => adamw.beta1 },
    beta2Power: { name: 'beta2_power', start: 1, factor: ({ adamw }) => adamw.beta2 },
  },
  attributes: ({ adamw: { beta1, beta2, epsilon } }, weightDecay) => ({
    ...{ beta1, beta2, epsilon, weightDecay },
  }),
  rate: ({ learningRate, adamw }) => adamw.learningRate / learningRate,
});

/**
 * Muon (Jordan et al. 2024) for the kernels of hidden layers; AdamW, as in its reference, for the first and the last
 * layer, and for what is no matrix: biases, batch norm parameters.
 */
export const muon = defineMixedOptimizer({
  options,
  rules: [matrices, others],
  ruleOf: ({ isKernel, shape, isOuter }, { matrices: which }) =>
    isKernel && shape.length >= 2 && (which === 'all' || !isOuter) ? 0 : 1,
});
