import { describe, expect, it } from 'vitest';
import { averageDecayAt, averageOf, ema, validatesRaw } from './ema-options.js';

const GOLDEN = [
  {
    ...{ decay: 0.9999, gamma: 1, power: 2 / 3 },
    decays: [
      [0, 0],
      [1, 0.3700394750525634],
      [7, 0.75],
      [50, 0.9272856907987022],
      [1000, 0.9900066611160449],
      [100000, 0.9995358442110055],
    ],
  },
  {
    ...{ decay: 0.99, gamma: 25, power: 0.75 },
    decays: [
      [0, 0],
      [1, 0.028987109087529994],
      [7, 0.16901626610234555],
      [50, 0.5613086623491692],
      [1000, 0.9382819625747502],
      [100000, 0.99],
    ],
  },
  {
    ...{ decay: 0.5, gamma: 2, power: 0.25 },
    decays: [
      [1, 0.09639799639015512],
      [2, 0.1591035847462855],
      [7, 0.3134109520309607],
      [50, 0.5],
    ],
  },
];

describe('averageOf', () => {
  it('is the same for a decay, however it is written', () => {
    const plain = { decay: 0.9, warmUp: null };
    expect(averageOf(ema.parse(0.9))).toEqual(plain);
    expect(averageOf(ema.parse({ decay: 0.9 }))).toEqual(plain);
    expect(averageOf(ema.parse(null))).toBeNull();
    expect(averageOf(ema.parse(undefined))).toBeNull();
  });

  it('warms up by timm’s numbers when told to', () => {
    const standard = { gamma: 1, power: 2 / 3 };
    for (const warmUp of [true, {}]) {
      const config = ema.parse({ warmUp });
      expect(averageOf(config)).toEqual({ decay: 0.9999, warmUp: standard });
    }
    expect(averageOf(ema.parse({ decay: 0.5, warmUp: { gamma: 20 } }))?.warmUp).toEqual({
      ...standard,
      gamma: 20,
    });
  });

  it.each([
    0,
    1,
    { decay: 1 },
    { decay: 0 },
    { warmUp: { gamma: 0 } },
    { warmUp: { power: 0 } },
    { warm: 1 },
  ])('refuses %j', (value) => {
    expect(ema.safeParse(value).success).toBe(false);
  });
});

describe('averageDecayAt', () => {
  // timm 1.0: ModelEmaV3(model, decay, use_warmup=True, warmup_gamma, warmup_power).get_decay(step + 1), whose
  // steps are counted from 1.
  it.each(GOLDEN)(
    'is timm’s: decay $decay, gamma $gamma, power $power',
    ({ decay, gamma, power, decays }) => {
      const options = averageOf(ema.parse({ decay, warmUp: { gamma, power } }))!;
      decays.forEach(([step, expected]) => expect(averageDecayAt(options, step)).toBeCloseTo(expected, 12));
    },
  );

  it('is the decay itself without a warm-up', () => {
    expect([0, 1, 1000].map((step) => averageDecayAt(averageOf(0.9)!, step))).toEqual([0.9, 0.9, 0.9]);
  });

  it('never falls, and ends at the decay', () => {
    const options = averageOf(ema.parse({ decay: 0.99, warmUp: true }))!;
    const decays = Array.from({ length: 2000 }, (_, step) => averageDecayAt(options, step));
    expect(decays[0]).toBe(0);
    expect(decays.every((decay, step) => step === 0 || decay >= decays[step - 1])).toBe(true);
    expect(decays.at(-1)).toBe(0.99);
  });
});

it('asks for the weights beside it where it says so', () => {
  const asked = [null, 0.9, {}, { validateRaw: false }, { validateRaw: true }] as const;
  expect(asked.map((config) => validatesRaw(ema.parse(config)))).toEqual([false, false, false, false, true]);
});
