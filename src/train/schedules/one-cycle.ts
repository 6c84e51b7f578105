import { z } from 'zod';
import { betweenZeroAndOne, duration, saying } from '../../util/schema-parts.js';
import { defineSchedule } from './define-schedule.js';

const climbs = saying('the cycle begins with a climb of its own (pctStart): must be null');
const divisor = z.number().min(1).max(1e9);

/**
 * Up to the full rate and down again, further than it began (1cycle, Smith and Topin 2018; OneCycleLR of PyTorch, with
 * two phases and without its cycle of the momentum).
 */
export const oneCycle = defineSchedule({
  options: z.strictObject({
    name: z.literal('one-cycle'),
    pctStart: betweenZeroAndOne.default(0.3).describe('Share of training in which the rate climbs.'),
    divFactor: divisor.default(25).describe('The first rate is the full one over this.'),
    finalDivFactor: divisor.default(10_000).describe('The last rate is the first one over this.'),
    anneal: z.enum(['cos', 'linear']).default('cos'),
    warmUp: duration
      .nullable()
      .default(null)
      .refine((warmUp) => warmUp === null, climbs),
    warmUpStart: z
      .number()
      .nullable()
      .default(null)
      .refine((start) => start === null, climbs),
  }),
  rate({ pctStart, divFactor, finalDivFactor, anneal }, { base, step, totalSteps }) {
    const top = topOf(pctStart, totalSteps);
    const first = base / divFactor;
    if (step < top) return between(anneal, first, base, step / top);
    const fall = totalSteps - 1 - top;
    return between(anneal, base, first / finalDivFactor, fall > 0 ? (step - top) / fall : 0);
  },
  peaks({ pctStart }, { totalSteps }) {
    const top = topOf(pctStart, totalSteps);
    return [Math.floor(top), Math.ceil(top)];
  },
});

// --- internal ---

/** When the rate is the highest, in steps from 0, which may be between two of them. */
function topOf(pctStart: number, totalSteps: number): number {
  return Math.max(0, pctStart * totalSteps - 1);
}

/** @param share from 0: `from`, to 1: `to` */
function between(anneal: 'cos' | 'linear', from: number, to: number, share: number): number {
  return anneal === 'cos'
    ? to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
    : from + (to - from) * share;
}
