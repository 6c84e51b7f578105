import { expect, it } from 'vitest';
import { IGNORED } from '../data/target.js';
import { HardestMasks } from './hardest-masks.js';

/** Logits of pixels that are said to be of these classes, of three, as surely as `by` says. */
function saying(classes: readonly number[], by = 4): number[] {
  return classes.flatMap((said) => [0, 1, 2].map((c) => (c === said ? by : 0)));
}

it('keeps the images with the largest loss, and counts which class is taken for which, pixel by pixel', () => {
  const judged = new HardestMasks(3, 2);
  const masks = [[0, 0, 1, 2], [1, 1, 1, IGNORED], [2, 2, 0, 0]] as const; // prettier-ignore
  judged.add(
    Uint8Array.from([...masks[0], ...masks[1]]),
    Float32Array.from([...saying([0, 0, 1, 1]), ...saying([0, 0, 1, 0])]),
    2,
  );
  judged.add(Uint8Array.from(masks[2]), Float32Array.from(saying([1, 1, 0, 1], 8)), 1);
  expect(judged.count).toBe(3);
  expect(judged.rightShare).toBe((3 + 1 + 1) / (4 + 3 + 4));
  const [first, second] = judged.hardest();
  expect(judged.hardest()).toHaveLength(2);
  // Three of four pixels wrong by 8, two of three that count by 4.
  expect([first!.index, second!.index]).toEqual([2, 1]);
  expect(first!.loss).toBeCloseTo((3 * Math.log(2 + Math.exp(8)) + Math.log1p(2 * Math.exp(-8))) / 4, 5);
  expect([...second!.truth]).toEqual([1, 1, 1, IGNORED]);
  expect([...second!.said]).toEqual([0, 0, 1, 0]);
  expect(judged.confused(2)).toEqual([
    {
      ...{ label: 2, predicted: 1, pixels: 3, of: 3 },
      examples: [
        { index: 2, pixels: 2 },
        { index: 0, pixels: 1 },
      ],
    },
    { label: 1, predicted: 0, pixels: 2, of: 4, examples: [{ index: 1, pixels: 2 }] },
  ]);
});

it('an image whose logits are no numbers is the hardest of all, and its pixels are taken for nothing', () => {
  const judged = new HardestMasks(3, 1);
  judged.add(
    Uint8Array.of(0, 1, 0, 1),
    Float32Array.from([...saying([1, 1]), NaN, NaN, NaN, NaN, NaN, NaN]),
    2,
  );
  expect(judged.hardest().map(({ index, said }) => [index, ...said])).toEqual([[1, -1, -1]]);
  expect(judged.confused(9)).toHaveLength(1);
});
