import { describe, expect, it } from 'vitest';
import { smoothingAt, softLabels } from './target.js';

describe('softLabels', () => {
  it('is one-hot without smoothing', () => {
    expect([...softLabels(Int32Array.of(2, 0), 3, 0)]).toEqual([0, 0, 1, 1, 0, 0]);
  });
  it('gives every class s/N, and the label 1 − s more', () => {
    const rows = softLabels(Int32Array.of(1), 4, 0.2);
    expect([...rows]).toEqual([0.05, 0.85, 0.05, 0.05].map((value) => expect.closeTo(value, 6)));
  });
});

describe('smoothingAt', () => {
  it('is what is said, all along', () => {
    expect([0, 0.5, 1].map((done) => smoothingAt(0.1, done))).toEqual([0.1, 0.1, 0.1]);
  });
  it('goes in a line from the first step to the last', () => {
    const line = [0, 0.25, 0.5, 1].map((done) => smoothingAt({ from: 0.2, to: 0.1 }, done));
    expect(line).toEqual([0.2, expect.closeTo(0.175, 12), expect.closeTo(0.15, 12), 0.1]);
  });
});
