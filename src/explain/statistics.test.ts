import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StatisticsOf } from './statistics.js';

const number = fc.oneof(
  fc.float({ min: -1e3, max: 1e3, noNaN: true }),
  fc.constantFrom(0, NaN, Infinity, -Infinity),
);

it('pieces come to what the whole comes to', () => {
  fc.assert(
    fc.property(fc.array(fc.array(number)), (pieces) => {
      const inPieces = new StatisticsOf();
      for (const piece of pieces) inPieces.add(piece);
      const { mean, deviation, ...exact } = inPieces.result();
      const all = pieces.flat();
      const finite = all.filter(Number.isFinite);
      const plainMean = finite.reduce((sum, value) => sum + value, 0) / (finite.length || 1);
      const squares = finite.reduce((sum, value) => sum + (value - plainMean) ** 2, 0);
      expect(exact).toEqual({
        count: all.length,
        zeros: all.length === 0 ? 0 : all.filter((value) => value === 0).length / all.length,
        largest: Math.max(0, ...finite.map(Math.abs)),
        notFinite: all.length - finite.length,
      });
      expect(mean).toBeCloseTo(plainMean, 6);
      expect(deviation).toBeCloseTo(Math.sqrt(squares / (finite.length || 1)), 5);
    }),
  );
});
