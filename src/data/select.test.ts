import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenCounts, holdOut, limitTo } from './select.js';

const classes = ['a', 'b', 'c'];

describe('holdOut', () => {
  it('takes the same share of every class and splits without overlap', () => {
    const labels = Uint16Array.from({ length: 300 }, (_, i) => (i < 100 ? 0 : i < 150 ? 1 : 2));
    const { train, validation } = holdOut(labels, classes, 0.1, 0);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from(labels, (_, i) => i));
    const perClass = classes.map((_, c) => validation.filter((i) => labels[i] === c).length);
    expect(perClass).toEqual([10, 5, 15]);
  });

  it('is the same for the same split seed and another for another', () => {
    const labels = Uint16Array.from({ length: 90 }, (_, i) => i % 3);
    expect(holdOut(labels, classes, 0.2, 5)).toEqual(holdOut(labels, classes, 0.2, 5));
    expect(holdOut(labels, classes, 0.2, 5)).not.toEqual(holdOut(labels, classes, 0.2, 6));
  });

  it('leaves a class its only image, and takes at least one of two', () => {
    const { train, validation } = holdOut(Uint16Array.of(0, 1, 1), classes, 0.01, 0);
    expect(validation.length).toBe(1);
    expect([...train]).toContain(0);
  });
});

describe('limitTo', () => {
  it('gives every class the same number, or all that it has', () => {
    expect(evenCounts([100, 100, 100], 30)).toEqual([10, 10, 10]);
    expect(evenCounts([100, 100, 100], 31)).toEqual([11, 10, 10]);
    expect(evenCounts([2, 100, 100], 30)).toEqual([2, 14, 14]);
    expect(evenCounts([5, 5, 5], 2)).toEqual([1, 1, 0]);
    expect(evenCounts([1, 2, 3], 100)).toEqual([1, 2, 3]);
  });

  it('shares out exactly what was asked for, as evenly as the classes allow', () => {
    const available = fc.array(fc.nat(40), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(available, fc.nat(200), (counts, total) => {
        const shared = evenCounts(counts, total);
        expect(shared.reduce((a, b) => a + b, 0)).toBe(
          Math.min(
            total,
            counts.reduce((a, b) => a + b, 0),
          ),
        );
        const most = Math.max(...shared);
        shared.forEach((count, c) => expect(count).toBeGreaterThanOrEqual(Math.min(counts[c]!, most - 1)));
      }),
    );
  });

  it('keeps the order, draws by the key, and gives everything where the limit is not below', () => {
    const labels = Uint16Array.from({ length: 60 }, (_, i) => i % 3);
    const all = Uint32Array.from(labels, (_, i) => i);
    const some = limitTo(all, labels, classes, 12, 0, 'train');
    expect([...some]).toEqual([...some].sort((a, b) => a - b));
    expect(some).toEqual(limitTo(all, labels, classes, 12, 0, 'train'));
    expect(some).not.toEqual(limitTo(all, labels, classes, 12, 1, 'train'));
    expect(limitTo(all, labels, classes, 60, 0, 'train')).toBe(all);
  });
});
