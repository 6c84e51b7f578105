import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partOf } from './share.js';

it('divides things into parts that follow each other, leave none out, and are as alike as can be', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.integer({ min: 1, max: 12 }), (count, of) => {
      const parts = Array.from({ length: of }, (_, rank) => partOf(count, { rank, of }));
      expect(parts[0]!.from).toBe(0);
      expect(parts.at(-1)!.to).toBe(count);
      parts.slice(1).forEach(({ from }, i) => expect(from).toBe(parts[i]!.to));
      const sizes = parts.map(({ from, to }) => to - from);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
    { seed: 1 },
  );
});
