import { z } from 'zod';
import { duration } from '../../util/schema-parts.js';
import { defineSchedule, warmingUp } from './define-schedule.js';
import { toSteps } from './duration.js';

/**
 * Lower by a factor again and again, counted from the end of the warm-up, all at once or little by little
 * (ExponentialLR of PyTorch; ExponentialDecay of Keras). The defaults are those of EfficientNet (Tan and Le 2019,
 * section 5.2): 0.97 every 2.4 epochs.
 */
export const exponential = defineSchedule({
  options: z.strictObject({
    name: z.literal('exponential'),
    factor: z.number().gt(0).lt(1).default(0.97),
    every: duration.default({ epochs: 2.4 }).describe('How long it takes to get lower by the factor.'),
    staircase: z.boolean().default(true).describe('All at once; false: step by step.'),
    ...warmingUp,
  }),
  rate({ factor, every, staircase }, { base, step, warmUp, stepsPerEpoch }) {
    const times = (step - warmUp) / Math.max(1, toSteps(every, stepsPerEpoch));
    return base * factor ** (staircase ? Math.floor(times) : times);
  },
});
