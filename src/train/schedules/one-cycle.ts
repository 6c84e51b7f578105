import { z } from 'zod';
import { belowOne, betweenZeroAndOne, duration, saying } from '../../util/schema-parts.js';
import { defineSchedule } from './define-schedule.js';

const climbs = saying('the cycle begins with a climb of its own (pctStart): must be null');
const divisor = z.number().min(1).max(1e9);

/**
 * Up to the full rate and down again, further than it began (1cycle, Smith and Topin 2018; OneCycleLR of PyTorch, with
 * two phases). The momentum may go down and up meanwhile.
 */
export const oneCycle = defineSchedule({
  options: z
    .strictObject({
      name: z.literal('one-cycle'),
      pctStart: betweenZeroAndOne.default(0.3).describe('Share of training in which the rate climbs.'),
      divFactor: divisor.default(25).describe('The first rate is the full one over this.'),
      finalDivFactor: divisor.default(10_000).describe('The last rate is the first one over this.'),
      anneal: z.enum(['cos', 'linear']).default('cos'),
      cycleMomentum: z
        .boolean()
        .default(false)
        .describe(
          'The momentum (sgd) or beta1 (adam, adamw, lamb) falls while the rate climbs, and climbs while it falls.',
        ),
      baseMomentum: belowOne.default(0.85).describe('cycleMomentum: at the full rate.'),
      maxMomentum: belowOne.default(0.95).describe('cycleMomentum: in the first step and the last.'),
      warmUp: duration
        .nullable()
        .default(null)
        .refine((warmUp) => warmUp === null, climbs),
      warmUpStart: z
        .number()
        .nullable()
        .default(null)
        .refine((start) => start === null, climbs),
    })
    .superRefine(({ baseMomentum, maxMomentum }, context) => {
      if (baseMomentum <= maxMomentum) return;
      context.addIssue({
        code: 'custom',
        path: ['baseMomentum'],
        message: `must not be above maxMomentum (${maxMomentum}), received ${baseMomentum}`,
      });
    }),
  rate(config, { base, ...moment }) {
    const first = base / config.divFactor;
    return along(config, moment, [first, base, first / config.finalDivFactor]);
  },
  momentum({ cycleMomentum, baseMomentum, maxMomentum, ...config }, moment) {
    return cycleMomentum ? along(config, moment, [maxMomentum, baseMomentum, maxMomentum]) : null;
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

interface Cycle {
  readonly pctStart: number;
  readonly anneal: 'cos' | 'linear';
}

/** From the first number to the second, which it has at the top, and from there to the third. */
function along(
  { pctStart, anneal }: Cycle,
  { step, totalSteps }: { readonly step: number; readonly totalSteps: number },
  [first, middle, last]: readonly [number, number, number],
): number {
  const top = topOf(pctStart, totalSteps);
  if (step < top) return between(anneal, first, middle, step / top);
  const rest = totalSteps - 1 - top;
  return between(anneal, middle, last, rest > 0 ? (step - top) / rest : 0);
}

/** @param share from 0: `from`, to 1: `to` */
function between(anneal: 'cos' | 'linear', from: number, to: number, share: number): number {
  return anneal === 'cos'
    ? to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
    : from + (to - from) * share;
}
