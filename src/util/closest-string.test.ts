import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closestString, editDistance } from './closest-string.js';

describe('closestString', () => {
  it('finds the key that was meant', () => {
    const keys = ['epochs', 'steps', 'batchSize', 'seed'];
    expect(closestString('epoch', keys)).toBe('epochs');
    expect(closestString('batchsize', keys)).toBe('batchSize');
    expect(closestString('sede', keys)).toBe('seed');
  });

  it('offers nothing when nothing is near', () => {
    expect(closestString('momentum', ['epochs', 'steps'])).toBeUndefined();
    expect(closestString('x', [])).toBeUndefined();
  });

  it('allows a third of the longer word to differ, one letter at least', () => {
    expect(closestString('ab', ['ax'])).toBe('ax');
    expect(closestString('ab', ['xy'])).toBeUndefined();
    expect(closestString('abcde', ['abcxy'])).toBeUndefined();
    expect(closestString('abcdef', ['abcdxy'])).toBe('abcdxy');
    expect(closestString('abcdefg', ['abcdxyz'])).toBeUndefined();
    expect(closestString('abcdef', ['abcdefghi'])).toBe('abcdefghi');
    expect(closestString('abcdefghi', ['abcdef'])).toBe('abcdef');
    expect(closestString('ABC', ['abc'])).toBe('abc');
  });

  it('takes the nearest, and the first of equals', () => {
    expect(closestString('exp9', ['exp0', 'exp1'])).toBe('exp0');
    expect(closestString('adamv', ['adam', 'adamw'])).toBe('adam');
  });
});

describe('editDistance', () => {
  it('is a symmetric distance, zero for equal strings alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('counts a swap of neighbours once, and each other edit', () => {
    expect(editDistance('trian', 'train')).toBe(1);
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('abc', '')).toBe(3);
    expect(editDistance('aab', 'aba')).toBe(1);
    // No part is edited twice: a swap with something put in between is three edits.
    expect(editDistance('ca', 'abc')).toBe(3);
    expect(editDistance('abcd', 'badc')).toBe(2);
  });
});
