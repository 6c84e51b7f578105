import { z } from 'zod';
import { duration } from '../../util/schema-parts.js';
import { toSteps } from './duration.js';
import { defineSchedule, warmingUp } from './define-schedule.js';

/**
 * rate·√(T / (T + n)) in the nth step after the warm-up: with a timescale T as long as the warm-up the rate falls with
 * the root of the steps done (Vaswani et al. 2017, section 5.3; `inverse_sqrt` of fairseq; T5 with a `warmUpStart` of 1).
 * Where training ends has no part in it, so it can be made longer.
 */
export const inverseSqrt = defineSchedule({
  options: z
    .strictObject({
      name: z.literal('inverse-sqrt'),
      timescale: duration
        .nullable()
        .default(null)
        .describe('After three times as long the rate is half; null: as long as the warm-up.'),
      ...warmingUp,
    })
    .superRefine(({ timescale, warmUp }, context) => {
      if (timescale !== null || warmUp !== null) return;
      context.addIssue({
        code: 'custom',
        path: ['timescale'],
        message:
          'how fast the rate falls is said by a timescale, or by the length of a warm-up; neither is given',
      });
    }),
  rate({ timescale }, { base, step, warmUp, stepsPerEpoch }) {
    const scale = timescale === null ? warmUp : toSteps(timescale, stepsPerEpoch);
    const slow = Math.max(1, scale);
    return base * Math.sqrt(slow / (slow + step - warmUp));
  },
});
