import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { toSteps } from './schedules/duration.js';
import { schedule as options } from './schedule-options.js';
import { learningRateAt } from './schedule.js';
import { nextPlateau, type PlateauConfig } from './schedules/plateau.js';
import golden from './schedules/plateau.golden.json' with { type: 'json' };
import { PLATEAU_START, type PlateauState } from './schedules/plateau-state.js';

const extent = { stepsPerEpoch: 10, totalSteps: 100 };
const rates = (
  schedule: z.input<typeof options>,
  steps: readonly number[],
  plateau = PLATEAU_START,
): number[] => steps.map((step) => learningRateAt(options.parse(schedule), 0.8, step, extent, plateau));

it('durations are steps, or epochs rounded to a whole step', () => {
  expect(toSteps({ steps: 7 }, 10)).toBe(7);
  expect(toSteps({ epochs: 3 }, 10)).toBe(30);
  expect([0.04, 0.05, 0.25, 1.5].map((epochs) => toSteps({ epochs }, 10))).toEqual([0, 1, 3, 15]);
});

describe('learningRateAt', () => {
  it('constant', () => {
    expect(rates({ name: 'constant', warmUp: null }, [0, 50, 99])).toEqual([0.8, 0.8, 0.8]);
  });

  it('warms up to the full rate in its last step', () => {
    const warm = rates({ name: 'constant', warmUp: { steps: 4 } }, [0, 1, 2, 3, 4, 5]);
    expect(warm).toEqual([0.2, 0.4, 0.8 * 0.75, 0.8, 0.8, 0.8].map((rate) => expect.closeTo(rate, 12)));
    expect(rates({ name: 'constant', warmUp: { epochs: 2 } }, [0, 9, 19, 20])).toEqual(
      [0.04, 0.4, 0.8, 0.8].map((rate) => expect.closeTo(rate, 12)),
    );
  });

  it('step: multiplied at each point passed', () => {
    const schedule: z.input<typeof options> = {
      ...{ name: 'step', factor: 0.5, warmUp: null },
      at: [{ epochs: 3 }, { steps: 60 }],
    };
    expect(rates(schedule, [0, 29, 30, 59, 60, 99])).toEqual([0.8, 0.8, 0.4, 0.4, 0.2, 0.2]);
  });

  it('cosine: from the full rate after the warm-up down to the minimum', () => {
    const schedule: z.input<typeof options> = { name: 'cosine', minimum: 0.2, warmUp: { steps: 20 } };
    const [start, quarter, half, end] = rates(schedule, [20, 40, 60, 100]);
    expect(start).toBeCloseTo(0.8, 12);
    expect(quarter).toBeCloseTo(0.2 + 0.6 * 0.5 * (1 + Math.SQRT1_2), 12);
    expect(half).toBeCloseTo(0.5, 12);
    expect(end).toBeCloseTo(0.2, 12);
    expect(rates(schedule, [0])[0]).toBeCloseTo(0.04, 12);
    const all = rates(
      { name: 'cosine', minimum: 0, warmUp: null },
      Array.from({ length: 100 }, (_, i) => i),
    );
    all.slice(1).forEach((rate, i) => expect(rate).toBeLessThan(all[i]));
    expect(all[99]).toBeGreaterThan(0);
  });

  it('plateau: by the reductions made, never below the minimum', () => {
    const schedule = plateau({ factor: 0.5, minimum: 0.15 });
    const at = (reductions: number): number => rates(schedule, [50], { ...PLATEAU_START, reductions })[0];
    expect([0, 1, 2, 3].map(at)).toEqual([0.8, 0.4, 0.2, 0.15]);
  });

  it('a warm-up longer than training stays below the full rate', () => {
    expect(rates({ name: 'cosine', minimum: 0, warmUp: { steps: 200 } }, [99])[0]).toBeCloseTo(0.4, 12);
  });
});

describe('nextPlateau', () => {
  const run = (losses: readonly number[], options = {}, start = PLATEAU_START): PlateauState[] => {
    let state = start;
    return losses.map((loss) => (state = nextPlateau(plateau(options), state, loss)));
  };

  it.each(golden.cases)('reduces when PyTorch does, with a patience of $patience (see `about`)', (each) => {
    const { losses, reductions, ...options } = each;
    const states = run(losses, { ...options, maxReductions: 100 });
    expect(states.map((state) => state.reductions)).toEqual(reductions);
  });

  it('counts `patience` epochs without a lower loss and one more, or as Keras does; and then anew', () => {
    const losses = [1, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95];
    const later = run(losses);
    expect(later.map(({ reductions }) => reductions)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(later.map(({ badEpochs }) => badEpochs)).toEqual([0, 0, 1, 2, 3, 0, 1, 2, 3]);
    const states = run(losses, { counting: 'keras' });
    expect(states.map(({ reductions }) => reductions)).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2]);
    expect(states.map(({ badEpochs }) => badEpochs)).toEqual([0, 0, 1, 2, 0, 1, 2, 0, 1]);
    expect(states.every(({ best }, i) => best === (i === 0 ? 1 : 0.9))).toBe(true);
  });

  it('forgets bad epochs when the loss falls', () => {
    expect(run([1, 1, 1, 0.9, 1, 1]).at(-1)).toEqual({ ...PLATEAU_START, best: 0.9, badEpochs: 2 });
  });

  it('is exhausted when the condition fires again after the last reduction', () => {
    const states = run([1, 1, 1, 1, 1, 1, 1], { patience: 1, maxReductions: 2 });
    expect(states.map(({ reductions }) => reductions)).toEqual([0, 0, 1, 1, 2, 2, 2]);
    expect(states.map(({ exhausted }) => exhausted)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    const none = run([1, 1, 1], { patience: 1, maxReductions: 0 });
    expect(none.at(-1)).toMatchObject({ reductions: 0, exhausted: true });
  });

  it('asks for an improvement by the threshold, relative to the best', () => {
    const better = (loss: number): boolean => run([2, loss], { threshold: 0.1 })[1].badEpochs === 0;
    expect([1.79, 1.8, 1.9].map(better)).toEqual([true, false, false]);
  });

  it('takes a loss that is not finite as no better, also as the first', () => {
    expect(run([1, NaN, NaN, NaN, NaN]).at(-1)).toMatchObject({ best: 1, reductions: 1 });
    expect(run([NaN, 0.5])).toEqual([
      { ...PLATEAU_START, badEpochs: 1 },
      { ...PLATEAU_START, best: 0.5 },
    ]);
    // A state is stored as JSON, which has no infinity.
    expect(run([Infinity])).toEqual([{ ...PLATEAU_START, badEpochs: 1 }]);
    expect(run([Infinity, Infinity, 0.5]).at(-1)).toEqual({ ...PLATEAU_START, best: 0.5 });
  });

  it('never reduces while every loss is a new best, and never more often than allowed', () => {
    const options = { patience: 2, maxReductions: 3, threshold: 0 };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 10, noNaN: true })), (losses) => {
        const states = run(losses, options);
        expect(states.every(({ reductions }) => reductions <= 3)).toBe(true);
        const best = losses.length > 0 ? Math.min(...losses) : null;
        expect(states.at(-1)?.best ?? null).toBe(best);
        const falling = [...new Set(losses)].sort((a, b) => b - a);
        expect(run(falling, options).every(({ badEpochs }) => badEpochs === 0)).toBe(true);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

function plateau(changes: object): PlateauConfig {
  return options.parse({ name: 'plateau', patience: 3, ...changes }) as PlateauConfig;
}
