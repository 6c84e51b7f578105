import { z } from 'zod';
import { fraction, positive } from '../util/schema-parts.js';

/** The optimizers, told apart by `name`. */
export const optimizer = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.enum(['adam', 'adamw']),
    learningRate: positive.default(0.001),
    weightDecay: z.number().min(0).default(0.01).describe('Decoupled.'),
    beta1: fraction.default(0.9),
    beta2: fraction.default(0.999),
    epsilon: positive.default(1e-8),
    decayNormAndBias: z.boolean().default(false).describe('Decay batch norm parameters and biases too.'),
  }),
  z.strictObject({
    name: z.literal('sgd'),
    learningRate: positive.default(0.1),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    momentum: fraction.default(0.9),
    nesterov: z.boolean().default(false),
    decayNormAndBias: z.boolean().default(false),
  }),
  z.strictObject({
    name: z.literal('rmsprop'),
    learningRate: positive.default(0.001),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    decay: fraction.default(0.9),
    momentum: fraction.default(0.9),
    epsilon: positive.default(1e-3),
    decayNormAndBias: z.boolean().default(false),
  }),
]);

export type OptimizerConfig = Readonly<z.infer<typeof optimizer>>;
