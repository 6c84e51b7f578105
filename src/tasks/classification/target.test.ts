import { describe, expect, it } from 'vitest';
import { softLabels } from './target.js';

describe('softLabels', () => {
  it('is one-hot without smoothing', () => {
    expect([...softLabels(Int32Array.of(2, 0), 3, 0)]).toEqual([0, 0, 1, 1, 0, 0]);
  });
  it('gives every class s/N, and the label 1 − s more', () => {
    const rows = softLabels(Int32Array.of(1), 4, 0.2);
    expect([...rows]).toEqual([0.05, 0.85, 0.05, 0.05].map((value) => expect.closeTo(value, 6)));
  });
});
