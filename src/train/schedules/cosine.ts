import { z } from 'zod';
import { duration } from '../../util/schema-parts.js';
import { toSteps } from './duration.js';
import { defineSchedule, shareAfterWarmUp, warmingUp } from './define-schedule.js';

/**
 * Half a cosine from the full rate down to the minimum, over all of training or again and again (SGDR, Loshchilov and
 * Hutter 2017, equation 5; `cycle_mul` and `cycle_decay` of timm's CosineLRScheduler).
 */
export const cosine = defineSchedule({
  options: z.strictObject({
    name: z.literal('cosine'),
    minimum: z.number().min(0).default(0),
    restarts: z
      .strictObject({
        first: duration.describe('Length of the first cycle.'),
        multiplier: z.number().min(1).max(1000).default(1).describe('Each cycle is longer by this.'),
        decay: z.number().gt(0).max(1).default(1).describe('Each cycle starts lower by this.'),
      })
      .nullable()
      .default(null)
      .describe('Warm restarts; null: one cycle as long as training.'),
    ...warmingUp,
  }),
  rate({ minimum, restarts }, moment) {
    const { base } = moment;
    if (restarts === null) return half(minimum, base, shareAfterWarmUp(moment));
    const { decay, multiplier } = restarts;
    const first = Math.max(1, toSteps(restarts.first, moment.stepsPerEpoch));
    const { cycle, share } = cycleOf(moment.step - moment.warmUp, first, multiplier);
    return half(minimum, Math.max(minimum, base * decay ** cycle), share);
  },
});

// --- internal ---

/** @param share 0: highest, 1: lowest */
function half(lowest: number, highest: number, share: number): number {
  return lowest + (highest - lowest) * 0.5 * (1 + Math.cos(Math.PI * share));
}

/** Which cycle a step is in, from 0, and how much of it is over, where cycle i is first·multiplierⁱ steps long. */
function cycleOf(step: number, first: number, multiplier: number): { cycle: number; share: number } {
  if (multiplier === 1) {
    const cycle = Math.floor(step / first);
    return { cycle, share: (step - cycle * first) / first };
  }
  const start = (cycle: number): number => (first * (multiplier ** cycle - 1)) / (multiplier - 1);
  let cycle = Math.max(0, Math.floor(Math.log1p((step / first) * (multiplier - 1)) / Math.log(multiplier)));
  // The logarithm may be off by its last bit, just where a cycle begins.
  if (start(cycle + 1) <= step) cycle++;
  else if (start(cycle) > step) cycle--;
  return { cycle, share: (step - start(cycle)) / (first * multiplier ** cycle) };
}
