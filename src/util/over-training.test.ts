import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAlwaysZero, isLine, mapLine, shareDone, valueAt } from './over-training.js';

describe('a number over training', () => {
  it('stays, or goes along a line', () => {
    expect([0, 0.3, 1].map((done) => valueAt(0.2, done))).toEqual([0.2, 0.2, 0.2]);
    expect([0, 0.25, 1].map((done) => valueAt({ from: 0.1, to: 0.3 }, done))).toEqual([
      0.1, 0.15000000000000002, 0.3,
    ]);
  });

  it('is exactly what is asked for at both ends, and between them elsewhere', () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, rate, rate, (from, to, done) => {
        const line = { from, to };
        expect([valueAt(line, 0), valueAt(line, 1)]).toEqual([from, to]);
        expect(valueAt(line, done)).toBeGreaterThanOrEqual(Math.min(from, to) * (1 - 1e-15));
        expect(valueAt(line, done)).toBeLessThanOrEqual(Math.max(from, to) * (1 + 1e-15));
      }),
    );
  });

  it('ends with the last step, also of a training of one step', () => {
    expect([0, 1, 2].map((step) => shareDone(step, 3))).toEqual([0, 0.5, 1]);
    expect(shareDone(0, 1)).toBe(0);
  });

  it('is changed as a whole', () => {
    expect(mapLine(0.4, (each) => each / 2)).toBe(0.2);
    expect(mapLine({ from: 0.4, to: 0.2 }, (each) => each / 2)).toEqual({ from: 0.2, to: 0.1 });
  });

  it('is 0 only where it is at both ends', () => {
    expect(
      [0, 0.1, { from: 0, to: 0 }, { from: 0, to: 0.1 }, { from: 0.1, to: 0 }].map(isAlwaysZero),
    ).toEqual([true, false, true, false, false]);
  });

  it('is told apart from what else a config holds', () => {
    expect(
      [{ from: 0, to: 1 }, { from: 0 }, { from: 0, to: 'x' }, { from: 0, to: 1, by: 2 }, null, 3].map(isLine),
    ).toEqual([true, false, false, false, false, false]);
  });
});
