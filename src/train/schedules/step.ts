import { z } from 'zod';
import { duration, refuseDisorder } from '../../util/schema-parts.js';
import { toSteps } from './duration.js';
import { defineSchedule, warmingUp } from './define-schedule.js';

/** Times in the order in which they come, as far as the same unit tells. */
const milestones = z
  .array(duration)
  .min(1)
  .superRefine((at, context) => refuseDisorder(at, context, (i) => [i]));

/** Lower by a factor at given times (He et al. 2016, section 4.2; MultiStepLR of PyTorch). */
export const step = defineSchedule({
  options: z.strictObject({
    name: z.literal('step'),
    factor: z.number().gt(0).lt(1).default(0.1),
    at: milestones.describe('When to multiply by the factor, one after the other.'),
    ...warmingUp,
  }),
  rate({ at, factor }, { base, step, stepsPerEpoch }) {
    const passed = at.filter((duration) => step >= toSteps(duration, stepsPerEpoch)).length;
    return base * factor ** passed;
  },
});
