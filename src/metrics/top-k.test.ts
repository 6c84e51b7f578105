import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTopK, predictedClass, rankOfLabel } from './top-k.js';

describe('countTopK', () => {
  it('counts the labels among the k highest logits', () => {
    const logits = [0.1, 0.7, 0.2, /**/ 3, 1, 2, /**/ -1, -2, -3];
    expect(countTopK(logits, [1, 2, 2], 3, [1, 2, 3, 5])).toEqual([1, 2, 3, 3]);
  });

  it('puts the lower class first on a tie, so that a constant model scores as one that says class 0', () => {
    const logits = new Float32Array(4 * 4);
    expect(countTopK(logits, [0, 1, 2, 3], 4, [1, 2, 4])).toEqual([1, 2, 4]);
  });

  it('never counts a label whose logit is not a number, and lets NaN stand before the others', () => {
    expect(countTopK([NaN, 1], [0], 2, [1, 2])).toEqual([0, 0]);
    expect(countTopK([NaN, 1], [1], 2, [1, 2])).toEqual([0, 1]);
    expect(countTopK([Infinity, -Infinity], [0], 2, [1])).toEqual([1]);
  });

  it('refuses what does not fit', () => {
    expect(() => countTopK([1, 2, 3], [0], 2, [1])).toThrow('Expected 1 × 2 logits but found 3');
    expect(() => countTopK([1, 2], [2], 2, [1])).toThrow('Expected a label from 0 to 1 but found 2');
  });

  it('refuses labels that are none, and counts none whose logit is no number, however many are looked at', () => {
    for (const label of [-1, 2, 0.5, NaN])
      expect(() => countTopK([1, 2], [label], 2, [1])).toThrow(
        `Expected a label from 0 to 1 but found ${label}`,
      );
    expect(countTopK([NaN, 0], [0], 2, [1, 2, 5])).toEqual([0, 0, 0]);
    expect(countTopK([0, 1], [0], 2, [1, 2, 5])).toEqual([0, 1, 1]);
  });

  it('agrees with sorting', () => {
    const logit = fc.integer({ min: -3, max: 3 });
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 12 }), fc.nat(11), (row, pick) => {
        const label = pick % row.length;
        // Array sort is stable: equal logits stay in the order of their classes.
        const order = row.map((_, c) => c).sort((a, b) => row[b] - row[a]);
        expect(rankOfLabel(row, row.length, 0, label)).toBe(order.indexOf(label));
        expect(predictedClass(row, row.length, 0)).toBe(order[0]);
      }),
    );
  });
});

describe('predictedClass', () => {
  it('is none where a logit is not a number', () => {
    expect(predictedClass([1, NaN, /**/ 1, 2], 2, 0)).toBe(-1);
    expect(predictedClass([1, NaN, /**/ 1, 2], 2, 1)).toBe(1);
  });
});
