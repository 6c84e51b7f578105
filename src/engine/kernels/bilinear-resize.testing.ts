import { BilinearResize, BilinearResizeGrad } from './bilinear-resize.js';
import { sample, uniform } from './samples.testing.js';

/** Doubled, four times, by no whole number, in one direction, smaller, from one place, and channels of all remainders. */
const CASES = [
  { input: [2, 4, 5, 3], size: [8, 10] },
  { input: [2, 3, 2, 19], size: [12, 8] },
  { input: [1, 5, 7, 32], size: [9, 16] },
  { input: [2, 6, 5, 4], size: [6, 9] },
  { input: [1, 9, 8, 6], size: [4, 3] },
  { input: [3, 1, 1, 21], size: [3, 4] },
  { input: [1, 7, 6, 1], size: [13, 12] },
] as const;

export const samples = CASES.flatMap(({ input, size: [height, width] }) => {
  const [batch, rows, columns, channels] = input;
  return [
    sample(BilinearResize, { x: uniform(input, 1) }, { height, width }),
    sample(
      BilinearResizeGrad,
      { dy: uniform([batch, height, width, channels], 2) },
      { height: rows, width: columns },
    ),
  ];
});
