import { describe, expect, it } from 'vitest';
import { resize } from './resize.js';

/** One row of grey values repeated as an RGB image of `height` rows. */
function rows(values: readonly number[], height: number): Uint8Array {
  const row = values.flatMap((value) => [value, value, value]);
  return Uint8Array.from(Array.from({ length: height }, () => row).flat());
}

function resized(values: readonly number[], height: number, size: number): number[] {
  const box = { left: 0, top: 0, width: values.length, height };
  const out = new Uint8Array(size * size * 3);
  resize(rows(values, height), box, box, out, size);
  for (let y = 1; y < size; y++) {
    expect(out.subarray(y * size * 3, (y + 1) * size * 3)).toEqual(out.subarray(0, size * 3));
  }
  return Array.from({ length: size }, (_, x) => out[x * 3]!);
}

describe('resize', () => {
  it('enlarges bilinearly with half-pixel centres', () => {
    expect(resized([0, 80], 2, 4)).toEqual([0, 20, 60, 80]);
  });

  it('shrinks with every pixel weighed in', () => {
    // Half-width 2 around 1: the pixels at ½, 1½ and 2½ weigh ¾, ¾ and ¼ of 1¾.
    expect(resized([0, 0, 255, 255], 4, 2)).toEqual([36, 219]);
  });

  it('leaves an even colour as it is at any size', () => {
    for (const size of [1, 3, 8, 17])
      expect(resized([200, 200, 200, 200, 200], 5, size)).toEqual(new Array(size).fill(200));
  });
});
