import { describe, expect, it } from 'vitest';
import { makeKey } from '../../../util/random.js';
import { augment } from '../options.js';
import { autoAugmentPolicies } from './auto-augment-policies.js';
import { linspace, posterizeBits } from './magnitudes.js';
import { operations, type OperationName } from './operations.js';
import type { PolicyConfig } from './options.js';
import { policyOf, type Policy } from './policy.js';
import { cubukSpace } from './space.js';

const KEYS = Array.from({ length: 8000 }, (_, image) => makeKey(1, 'augment', 0, image));
const of = (config: object, size = 224): Policy =>
  policyOf(augment.parse({ policy: config }).policy as PolicyConfig, size);

const counted = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};
/** Within five standard deviations of what a share comes to. */
function expectShare(count: number, of: number, share: number, what: string): void {
  const slack = 5 * Math.sqrt(of * share * (1 - share));
  expect(Math.abs(count - of * share), `${what}: ${count} of ${of}`).toBeLessThanOrEqual(slack);
}

describe('magnitudes, from PyTorch', () => {
  it('linspace', () => {
    expect(linspace(0, 32, 31).slice(13, 18)).toEqual([
      13.866667747497559, 14.933334350585938, 15.999999046325684, 17.066665649414062, 18.133333206176758,
    ]);
    expect(linspace(0, 0.99, 31).filter((_, i) => i % 5 === 0)).toEqual([
      0, 0.16499999165534973, 0.32999998331069946, 0.4950000047683716, 0.6600000262260437, 0.824999988079071,
      0.9900000095367432,
    ]);
    expect(linspace(0, (150 / 331) * 224, 10)).toEqual([
      0, 11.278952598571777, 22.557905197143555, 33.836856842041016, 45.11581039428711, 56.3947639465332,
      67.67371368408203, 78.95266723632812, 90.23162078857422, 101.51057434082031,
    ]);
    expect(linspace(255, 0, 2)).toEqual([255, 0]);
  });

  it('bits, where a half is rounded to the even number', () => {
    expect(posterizeBits(4, 10)).toEqual([8, 8, 7, 7, 6, 6, 5, 5, 4, 4]);
    expect(posterizeBits(4, 9)).toEqual([8, 8, 7, 6, 6, 6, 5, 4, 4]);
    expect(posterizeBits(6, 13)).toEqual([8, 8, 7, 6, 6, 6, 5, 4, 4, 4, 3, 2, 2]);
    expect(posterizeBits(6, 31).filter((_, i) => i % 10 === 0)).toEqual([8, 6, 4, 2]);
  });
});

describe('RandAugment', () => {
  const policy = of({ name: 'rand-augment' });
  const drawn = KEYS.map((key) => policy.draw(key));

  it('draws two of fourteen operations, each as often, and may draw one twice', () => {
    expect(drawn.every(({ length }) => length === 2)).toBe(true);
    const counts = counted(drawn.flat().map(({ operation }) => operation));
    expect(Object.keys(counts)).toHaveLength(14);
    for (const [operation, count] of Object.entries(counts)) expectShare(count, 16_000, 1 / 14, operation);
    const twice = drawn.filter(([first, second]) => first!.operation === second!.operation).length;
    expectShare(twice, 8000, 1 / 14, 'twice');
  });

  it('has the magnitude of its step, with either sign where there is one', () => {
    const magnitudes = (operation: string): number[] =>
      [
        ...new Set(
          drawn
            .flat()
            .filter((each) => each.operation === operation)
            .map((each) => each.magnitude),
        ),
      ].sort((a, b) => a - b);
    // Step 9 of 0…30.
    const close = (value: number) => expect.closeTo(value, 5) as number;
    expect(magnitudes('rotate')).toEqual([close(-9), close(9)]);
    expect(magnitudes('shearX')).toEqual([close(-0.09), close(0.09)]);
    expect(magnitudes('translateY')).toEqual([-1, 1].map((sign) => close((sign * 0.3 * 150 * 224) / 331)));
    expect(magnitudes('brightness')).toEqual([close(-0.27), close(0.27)]);
    expect(magnitudes('posterize')).toEqual([7]);
    expect(magnitudes('solarize')).toEqual([close(178.5)]);
    expect(magnitudes('equalize')).toEqual([0]);
    const signs = drawn.flat().filter(({ operation }) => operation === 'rotate');
    expectShare(signs.filter(({ magnitude }) => magnitude < 0).length, signs.length, 0.5, 'sign');
  });

  it('does as many as are asked for', () => {
    expect(of({ name: 'rand-augment', numOps: 5, magnitude: 0 }).draw(1)).toHaveLength(5);
  });
});

describe('TrivialAugment', () => {
  const policy = of({ name: 'trivial-augment-wide' }, 32);
  const drawn = KEYS.map((key) => policy.draw(key));

  it('draws one of fourteen operations, each as often', () => {
    const counts = counted(drawn.map(([first]) => first!.operation));
    expect(Object.keys(counts)).toHaveLength(14);
    for (const [operation, count] of Object.entries(counts)) expectShare(count, 8000, 1 / 14, operation);
    expect(drawn.every(({ length }) => length === 1)).toBe(true);
  });

  it('draws every magnitude, up to those of its wide space', () => {
    const turns = drawn.flat().filter(({ operation }) => operation === 'rotate');
    // 31 steps with two signs, but for 0.
    expect(new Set(turns.map(({ magnitude }) => magnitude)).size).toBe(61);
    expect(Math.max(...turns.map(({ magnitude }) => magnitude))).toBe(135);
    const strongest = new Map(policy.strongest.map(({ operation, magnitude }) => [operation, magnitude]));
    expect(strongest.size).toBe(14);
    const some = (['translateX', 'shearY', 'posterize', 'solarize', 'identity'] as const).map((name) =>
      strongest.get(name),
    );
    expect(some).toEqual([32, Math.fround(0.99), 2, 0, 0]);
  });
});

describe('AutoAugment', () => {
  it.each(['imagenet', 'cifar10', 'svhn'] as const)('has 25 sub-policies of known operations: %s', (name) => {
    const texts = autoAugmentPolicies[name];
    expect(texts).toHaveLength(25);
    const space = cubukSpace(10, 224, 'invert');
    for (const step of texts.flatMap((text) => text.split(', '))) {
      const [operation, probability, magnitude] = step.split(' ');
      expect(Object.keys(operations)).toContain(operation);
      expect(Number(probability)).toBeGreaterThanOrEqual(0);
      expect(Number(probability)).toBeLessThanOrEqual(1);
      expect(magnitude === undefined, step).toBe(space.get(operation as never)!.length === 0);
      if (magnitude !== undefined) expect(space.get(operation as never)![Number(magnitude)]).toBeDefined();
    }
  });

  it('draws each sub-policy as often, and its operations with their probabilities', () => {
    const policy = of({ name: 'auto-augment', policy: 'cifar10' }, 32);
    const drawn = KEYS.map((key) => policy.draw(key));
    const counts = counted(drawn.map((each) => each.map(({ operation }) => operation).join()));
    // Of "shearY 0.5 8, translateY 0.7 9", the only sub-policy with these two, both happen.
    expectShare(counts['shearY,translateY']!, 8000, 0.35 / 25, 'shearY, translateY');
    // Of "invert 0.1, contrast 0.2 6" and "equalize 0.8, invert 0.1".
    const inverted = drawn.filter((each) => each.some(({ operation }) => operation === 'invert')).length;
    expectShare(inverted, 8000, 0.2 / 25, 'invert');
    const nothing = autoAugmentPolicies.cifar10
      .map((text) => text.split(', ').reduce((p, step) => p * (1 - Number(step.split(' ')[1])), 1))
      .reduce((sum, p) => sum + p / 25, 0);
    expectShare(counts['']!, 8000, nothing, 'nothing');
  });

  it('knows the strongest that its sub-policies have of each operation', () => {
    const { strongest } = of({ name: 'auto-augment', policy: 'imagenet' }, 331);
    const magnitudes = new Map(strongest.map(({ operation, magnitude }) => [operation, magnitude]));
    // "posterize 0.8 5", "posterize 0.4 6" … "posterize 0.4 8": the higher step leaves fewer bits.
    expect([...magnitudes.keys()].sort()).toEqual(
      ['autoContrast', 'color', 'contrast', 'equalize', 'invert', 'posterize', 'rotate', 'sharpness'].concat([
        ...['shearX', 'solarize'],
      ]),
    );
    expect([magnitudes.get('posterize'), magnitudes.get('rotate')]).toEqual([4, 30]);
    expect(magnitudes.get('solarize')).toBeCloseTo(255 / 9, 3);
  });

  it('has the magnitudes of its ten steps', () => {
    const policy = of({ name: 'auto-augment', policy: 'cifar10' }, 331);
    const moves = KEYS.flatMap((key) => policy.draw(key)).filter(
      ({ operation }) => operation === 'translateX',
    );
    // Steps 9 and 8 of 150 pixels.
    const seen = [...new Set(moves.map(({ magnitude }) => Math.round(Math.abs(magnitude) * 1000) / 1000))];
    expect(seen.sort((a, b) => a - b)).toEqual([133.333, 150]);
    expect(moves.some(({ magnitude }) => magnitude < 0)).toBe(true);
  });
});

it.each(['rand-augment', 'trivial-augment-wide'])(
  '%s: a magnitude that has a sign has either with the same chance, and the others have none',
  (name) => {
    const policy = of({ name });
    const signs = new Map<OperationName, number[]>();
    for (const { operation, magnitude } of KEYS.flatMap((key) => policy.draw(key)))
      if (magnitude !== 0) signs.set(operation, [...(signs.get(operation) ?? []), Math.sign(magnitude)]);
    expect(signs.size).toBeGreaterThan(9);
    for (const [operation, all] of signs) {
      const negative = all.filter((sign) => sign < 0).length;
      if (operations[operation].signed) expectShare(negative, all.length, 0.5, operation);
      else expect(negative, operation).toBe(0);
    }
  },
);
