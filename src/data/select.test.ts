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

describe('which images are held out', () => {
  /** Twelve images a class, a class after the other. */
  const labelsOf = (count: number): Uint16Array =>
    Uint16Array.from({ length: 12 * count }, (_, i) => Math.floor(i / 12));
  const heldOf = (names: readonly string[], splitSeed = 0): Record<string, number[]> => {
    const { validation } = holdOut(labelsOf(names.length), names, 0.25, splitSeed);
    return Object.fromEntries(
      names.map((name, c) => [
        name,
        [...validation].filter((i) => Math.floor(i / 12) === c).map((i) => i % 12),
      ]),
    );
  };

  it('are these, for good: runs of years ago are resumed and compared', () => {
    expect(heldOf(['sea', 'town'])).toEqual({ sea: [0, 5, 7], town: [1, 2, 9] });
    expect(heldOf(['sea', 'town'], 1)).toEqual({ sea: [0, 6, 9], town: [5, 6, 9] });
  });

  it('go by the name of the class: not by its place, nor by which others there are', () => {
    const { sea, town } = heldOf(['sea', 'town']);
    expect(sea).not.toEqual(town);
    expect(heldOf(['town', 'sea'])).toEqual({ sea, town });
    expect(heldOf(['a', 'sea', 'mountain', 'town'])).toMatchObject({ sea, town });
  });

  it('are more than the share where half an image is left over, never all', () => {
    const shareOf = (images: number, share: number): number =>
      holdOut(new Uint16Array(images), ['a'], share, 0).validation.length;
    expect([10, 14, 15, 16].map((images) => shareOf(images, 0.1))).toEqual([1, 1, 2, 2]);
    expect([1, 2, 3].map((images) => shareOf(images, 0.99))).toEqual([0, 1, 2]);
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
    for (const limit of [60, 61]) expect(limitTo(all, labels, classes, limit, 0, 'train')).toBe(all);
    expect(limitTo(all, labels, classes, 59, 0, 'train')).toHaveLength(59);
  });

  it('draws these images, for good, by the name of the class and not by its place', () => {
    const labels = Uint16Array.from({ length: 24 }, (_, i) => i % 2);
    const all = Uint32Array.from(labels, (_, i) => i);
    const some = limitTo(all, labels, ['sea', 'town'], 6, 0, 'train');
    expect([...some]).toEqual([2, 3, 6, 17, 20, 21]);
    const swapped = labels.map((label) => 1 - label);
    expect(limitTo(all, swapped, ['town', 'sea'], 6, 0, 'train')).toEqual(some);
    const held = holdOut(labels, ['sea', 'town'], 0.25, 0).validation;
    expect(limitTo(all, labels, ['sea', 'town'], 6, 0)).not.toEqual(held);
  });
});
