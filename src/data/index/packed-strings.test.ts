import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byCodePoint } from '../source.js';
import { packStrings } from './packed-strings.js';

const names = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 200 });

describe('packStrings', () => {
  it('gives back every string', () => {
    fc.assert(
      fc.property(names, (all) => {
        const packed = packStrings(all);
        expect(packed.count).toBe(all.length);
        expect(all.map((_, i) => packed.at(i))).toEqual(all);
        expect(packed.bytes.length).toBe(Buffer.byteLength(all.join('')));
      }),
    );
  });
});

describe('byCodePoint', () => {
  it('orders as the UTF-8 bytes do', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '/') });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(byCodePoint(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
