import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { schedule } from '../schedule-options.js';
import { learningRateAt, momentumAt } from '../schedule.js';
import { PLATEAU_START } from './plateau-state.js';

type Input = z.input<typeof schedule>;

function rate(options: Input, step: number, extent = { stepsPerEpoch: 10, totalSteps: 100 }): number {
  return learningRateAt(schedule.parse(options), 0.8, step, extent, PLATEAU_START);
}

/** Step → rate, by another program, which may have gone there step by step. */
type Golden = Readonly<Record<number, number>>;

function expectGolden(options: Input, golden: Golden): void {
  for (const [step, value] of Object.entries(golden)) {
    const ours = rate(options, Number(step));
    expect(Math.abs(ours / value - 1), `step ${step}: ${ours}, not ${value}`).toBeLessThan(1e-9);
  }
}

function problemsOf(options: unknown): string[] {
  const { error } = schedule.safeParse(options);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('one-cycle', () => {
  it('is OneCycleLR of PyTorch 2, total_steps=100', () => {
    expectGolden(
      { name: 'one-cycle' },
      {
        ...{
          0: 0.03200000000000003,
          1: 0.03425102445272599,
          10: 0.23613115877128066,
          28: 0.7977489755472741,
        },
        ...{ 29: 0.8, 30: 0.7995972282276195, 57: 0.523607903322788, 98: 0.0004059717723806304, 99: 3.2e-6 },
      },
    );
  });

  it('is it by straight lines too, with a peak between two steps', () => {
    expectGolden(
      { name: 'one-cycle', pctStart: 0.213, divFactor: 10, finalDivFactor: 100, anneal: 'linear' },
      {
        ...{ 0: 0.08, 1: 0.11546798029556651, 10: 0.4346798029556651, 20: 0.7893596059113301 },
        ...{ 21: 0.7928914866581958, 22: 0.7827364675984753, 57: 0.4273108005082592 },
        ...{ 98: 0.010955019059720517, 99: 0.0008000000000000229 },
      },
    );
  });

  it('drives the momentum as OneCycleLR of PyTorch 2.15 does, total_steps=100', () => {
    const expectMomentum = (options: Input, golden: Golden): void => {
      for (const [step, value] of Object.entries(golden))
        expect(momentumAt(schedule.parse(options), Number(step), 100), `step ${step}`).toBeCloseTo(value, 12);
    };
    expectMomentum(
      { name: 'one-cycle', cycleMomentum: true },
      {
        ...{ 0: 0.95, 1: 0.9497068978577179, 10: 0.9234204220349895, 28: 0.850293102142282 },
        ...{ 29: 0.85, 30: 0.8500503466729342, 57: 0.8845491502812526, 98: 0.9499496533270657, 99: 0.95 },
      },
    );
    expectMomentum(
      {
        ...{ name: 'one-cycle', pctStart: 0.213, anneal: 'linear' },
        ...{ cycleMomentum: true, baseMomentum: 0.8, maxMomentum: 0.9 },
      },
      {
        ...{ 0: 0.9, 1: 0.8950738916256158, 10: 0.8507389162561577, 20: 0.8014778325123153 },
        ...{ 21: 0.8008894536213469, 22: 0.8021601016518425, 57: 0.8466327827191868 },
        ...{ 98: 0.8987293519695044, 99: 0.9 },
      },
    );
  });

  it('has its lowest momentum below its highest', () => {
    expect(problemsOf({ name: 'one-cycle', cycleMomentum: true, baseMomentum: 0.96 })).toEqual([
      'baseMomentum: must not be above maxMomentum (0.95), received 0.96',
    ]);
  });

  it('leaves the momentum alone unless it is asked to, as other schedules do', () => {
    for (const name of ['one-cycle', 'cosine'] as const)
      expect(momentumAt(schedule.parse({ name }), 5, 100)).toBeUndefined();
  });

  it('has a rate above 0 in trainings of a few steps', () => {
    for (let totalSteps = 1; totalSteps < 9; totalSteps++) {
      for (const pctStart of [0.01, 0.25, 0.5, 0.999]) {
        const rates = Array.from({ length: totalSteps }, (_, step) =>
          rate({ name: 'one-cycle', pctStart }, step, { stepsPerEpoch: 1, totalSteps }),
        );
        for (const each of rates) {
          expect(each).toBeGreaterThan(0);
          expect(each).toBeLessThanOrEqual(0.8);
        }
      }
    }
  });

  it('takes no warm-up, since it begins with one', () => {
    expect(problemsOf({ name: 'one-cycle', warmUp: { steps: 3 } })).toEqual([
      'warmUp: the cycle begins with a climb of its own (pctStart): must be null, received {"steps":3}',
    ]);
    expect(problemsOf({ name: 'one-cycle', warmUpStart: 0.5, pctStart: 1, divFactor: 0.5 })).toHaveLength(3);
  });
});

describe('polynomial', () => {
  it('is PolynomialLR of PyTorch 2, total_iters=100, power=2.5', () => {
    expectGolden(
      { name: 'polynomial', power: 2.5 },
      { 0: 0.8, 1: 0.7801497496865586, 33: 0.2939523887434834, 50: 0.14142135623730942, 99: 8e-6 },
    );
  });

  it('is a straight line to the minimum by default, after the warm-up', () => {
    const options: Input = { name: 'polynomial', minimum: 0.2, warmUp: { steps: 20 } };
    const rates = [19, 20, 40, 60, 80].map((step) => rate(options, step));
    expect(rates).toEqual([0.8, 0.8, 0.65, 0.5, 0.35].map((value) => expect.closeTo(value, 12)));
  });
});

describe('inverse-sqrt', () => {
  it('is inverse_sqrt of fairseq: lr·√W/√n after W updates, from a first rate of its own', () => {
    // warmup_init_lr 0.2, lr 0.8, warmup_updates 16.
    expectGolden(
      { name: 'inverse-sqrt', warmUp: { steps: 16 }, warmUpStart: 0.25 },
      { 0: 0.2, 4: 0.35, 15: 0.7625, 16: 0.8, 25: 0.64, 64: 0.4, 100: 0.32 },
    );
  });

  it('is that of T5 by a warm-up at the full rate: 1/√max(n, k), times 0.8·√16', () => {
    expectGolden(
      { name: 'inverse-sqrt', warmUp: { steps: 16 }, warmUpStart: 1 },
      { 0: 0.8, 7: 0.8, 16: 0.8, 36: 0.8 * (4 / 6), 81: 0.8 * (4 / 9) },
    );
  });

  it('has a timescale of its own: a half after three of them', () => {
    const options: Input = { name: 'inverse-sqrt', timescale: { epochs: 2 }, warmUp: { steps: 5 } };
    expectGolden(options, { 5: 0.8, 65: 0.4 });
    expectGolden({ name: 'inverse-sqrt', timescale: { epochs: 2 } }, { 0: 0.8, 60: 0.4 });
  });

  it('asks for what tells how fast', () => {
    expect(problemsOf({ name: 'inverse-sqrt' })).toEqual([
      'timescale: how fast the rate falls is said by a timescale, or by the length of a warm-up; neither is given',
    ]);
  });
});

describe('exponential', () => {
  it('is ExponentialLR of PyTorch 2, gamma=0.9, from step to step or from epoch to epoch', () => {
    const byStep = { 0: 0.8, 1: 0.72, 7: 0.38263752, 30: 0.033912926620173006, 99: 2.3610132344522266e-5 };
    expectGolden({ name: 'exponential', factor: 0.9, every: { steps: 1 } }, byStep);
    const byEpoch = { 0: 0.8, 9: 0.8, 10: 0.72, 79: 0.3826375200000002, 99: 0.30993639120000016 };
    expectGolden({ name: 'exponential', factor: 0.9, every: { epochs: 1 } }, byEpoch);
  });

  it('falls in between too without its stairs, and from the end of the warm-up on', () => {
    const options: Input = { name: 'exponential', factor: 0.25, every: { epochs: 1 }, warmUp: { steps: 4 } };
    expectGolden({ ...options, staircase: false }, { 4: 0.8, 9: 0.4, 14: 0.2 });
    expectGolden(options, { 3: 0.8, 4: 0.8, 13: 0.8, 14: 0.2 });
  });
});

describe('cosine with restarts', () => {
  it('is CosineAnnealingWarmRestarts of PyTorch 2, T_0=10, T_mult=2, eta_min=0.05', () => {
    expectGolden(
      { name: 'cosine', minimum: 0.05, restarts: { first: { epochs: 1 }, multiplier: 2 } },
      {
        ...{ 0: 0.8, 5: 0.425, 9: 0.06835380638931743, 10: 0.8, 29: 0.05461687227682338, 30: 0.8 },
        ...{ 69: 0.051155999850077016, 70: 0.8, 99: 0.5819974015765356 },
      },
    );
  });

  it('is CosineLRScheduler of timm, cycle_mul=1.5, cycle_decay=0.5, with a warm-up before it', () => {
    expectGolden(
      {
        ...{ name: 'cosine', minimum: 0.02, warmUp: { steps: 6 }, warmUpStart: 0.1 },
        restarts: { first: { steps: 12 }, multiplier: 1.5, decay: 0.5 },
      },
      {
        ...{ 0: 0.08, 1: 0.2, 5: 0.68, 6: 0.8, 7: 0.7867110722527366, 17: 0.0332889277472634, 18: 0.4 },
        ...{ 19: 0.3971134730723196, 35: 0.02288652692768048, 36: 0.2, 62: 0.02060854780322513, 63: 0.1 },
        ...{ 64: 0.09987971764671169, 90: 0.04000000000000001 },
      },
    );
  });

  it('starts each cycle where the lengths of those before it add up, however far out', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 2, max: 7 }),
        fc.nat(30),
        (first, multiplier, upTo) => {
          const restarts = { first: { steps: first }, multiplier };
          const extent = { stepsPerEpoch: 1, totalSteps: 1e9 };
          let start = 0;
          for (let cycle = 0; cycle < upTo && start < 1e9; cycle++) {
            expect(rate({ name: 'cosine', restarts }, start, extent)).toBe(0.8);
            if (start > 0)
              expect(rate({ name: 'cosine', restarts }, start - 1, extent)).toBeLessThanOrEqual(0.8);
            start += first * multiplier ** cycle;
          }
        },
      ),
      { seed: 5, numRuns: 50 },
    );
  });

  it.each([
    // multiplier, first, the step where a cycle ends and the next begins, which is a bit less in 64 bits
    [1.05, 333, 333],
    [1.1, 100, 331],
  ])('is at either end of a cycle where two meet: × %f of %i, step %i', (multiplier, first, step) => {
    const restarts = { first: { steps: first }, multiplier };
    const at = rate({ name: 'cosine', restarts }, step, { stepsPerEpoch: 1, totalSteps: 1e4 });
    expect(Math.min(at, 0.8 - at)).toBeGreaterThanOrEqual(0);
    expect(Math.min(at, 0.8 - at)).toBeLessThan(1e-12);
  });

  it('never goes below the minimum, nor above the full rate', () => {
    const options: Input = {
      ...{ name: 'cosine', minimum: 0.3 },
      restarts: { first: { epochs: 0.01 }, decay: 0.5 },
    };
    for (const step of [0, 1, 2, 50, 99]) {
      expect(rate(options, step)).toBeGreaterThanOrEqual(0.3);
      expect(rate(options, step)).toBeLessThanOrEqual(0.8);
    }
  });

  it('refuses cycles that shrink, and starts that climb', () => {
    const first = { epochs: 1 };
    expect(problemsOf({ name: 'cosine', restarts: { first, multiplier: 0.5, decay: 2 } })).toHaveLength(2);
    expect(problemsOf({ name: 'cosine', restarts: {} })).toHaveLength(1);
  });
});

describe('a warm-up', () => {
  it('is LinearLR of PyTorch 2 from its start on, start_factor=0.1, total_iters=8', () => {
    expectGolden(
      { name: 'constant', warmUp: { steps: 8 }, warmUpStart: 0.1 },
      { 0: 0.08, 1: 0.17, 3: 0.35, 7: 0.71, 8: 0.8, 9: 0.8 },
    );
  });

  it.each(['constant', 'plateau', 'cosine', 'polynomial', 'inverse-sqrt', 'exponential'] as const)(
    'of %s has the full rate in its last step, and in the one after',
    (name) => {
      const options: Input = { name, warmUp: { steps: 4 } };
      expect([0, 1, 3, 4].map((step) => rate(options, step))).toEqual(
        [0.2, 0.4, 0.8, 0.8].map((value) => expect.closeTo(value, 12)),
      );
    },
  );
});
