import { describe, expect, it } from 'vitest';
import { makeKey, uniformAt } from '../util/random.js';
import { resize, type Box } from './resize.js';

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

/** What `resize` computes, pixel by pixel: every pixel that the box touches, weighed by a triangle. */
function plain(
  from: Uint8Array,
  image: { readonly width: number; readonly height: number },
  box: Box,
  size: number,
): number[] {
  const weightsOf = (
    start: number,
    length: number,
    available: number,
  ): { at: number; weight: number }[][] => {
    const first = Math.floor(start);
    const end = Math.min(available, Math.ceil(start + length - 1e-6));
    const scale = length / size;
    return Array.from({ length: size }, (_, i) => {
      const all = Array.from({ length: end - first }, (_, k) => {
        const distance = Math.abs(first + k + 0.5 - (start + (i + 0.5) * scale));
        return { at: first + k, weight: Math.max(0, 1 - distance / Math.max(1, scale)) };
      });
      const sum = all.reduce((total, { weight }) => total + weight, 0);
      return all.map(({ at, weight }) => ({ at, weight: weight / sum }));
    });
  };
  const across = weightsOf(box.left, box.width, image.width);
  const down = weightsOf(box.top, box.height, image.height);
  return down.flatMap((rows) =>
    across.flatMap((columns) =>
      [0, 1, 2].map((channel) =>
        rows.reduce(
          (sum, row) =>
            columns.reduce(
              (part, column) =>
                part + row.weight * column.weight * from[(row.at * image.width + column.at) * 3 + channel]!,
              sum,
            ),
          0,
        ),
      ),
    ),
  );
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

  it('computes what its plain form does, of any box and to any size', () => {
    const key = makeKey('boxes');
    let draws = 0;
    const upTo = (limit: number): number => limit * uniformAt(key, draws++);
    for (let round = 0; round < 300; round++) {
      const image = { width: 1 + Math.floor(upTo(24)), height: 1 + Math.floor(upTo(24)) };
      const from = Uint8Array.from({ length: image.width * image.height * 3 }, () => Math.floor(upTo(256)));
      // Half of them of whole pixels, some of the image as it is, and some that end a little beyond it.
      const whole = round % 2 === 0 ? Math.floor : (value: number): number => value;
      const left = round % 5 === 0 ? 0 : whole(upTo(image.width - 0.01));
      const top = round % 5 === 0 ? 0 : whole(upTo(image.height - 0.01));
      const width = round % 5 === 0 ? image.width : Math.max(0.5, whole(upTo(image.width - left + 0.3)));
      const height = round % 5 === 0 ? image.height : Math.max(0.5, whole(upTo(image.height - top + 0.3)));
      const box = { left, top, width, height };
      const size = 1 + Math.floor(upTo(12));
      const to = new Uint8Array(size * size * 3);
      resize(from, image, box, to, size);
      const expected = plain(from, image, box, size);
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - to[i]!)));
      expect(worst, JSON.stringify({ image, box, size })).toBeLessThan(0.501);
    }
  });
});
