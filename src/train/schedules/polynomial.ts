import { z } from 'zod';
import { positive } from '../../util/schema-parts.js';
import { defineSchedule, shareAfterWarmUp, warmingUp } from './define-schedule.js';

/**
 * minimum + (rate − minimum)·(1 − t)ᵖ, where t is the share of training that is over (PolynomialLR of PyTorch; the
 * minimum as `end_learning_rate` of TensorFlow's PolynomialDecay). A power of 1 is a straight line.
 */
export const polynomial = defineSchedule({
  options: z.strictObject({
    name: z.literal('polynomial'),
    power: positive.max(100).default(1),
    minimum: z.number().min(0).default(0),
    ...warmingUp,
  }),
  rate: ({ power, minimum }, moment) =>
    minimum + (moment.base - minimum) * (1 - shareAfterWarmUp(moment)) ** power,
});
