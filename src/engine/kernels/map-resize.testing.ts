import { MapResize, MapResizeGrad } from './map-resize.js';
import { sample, uniform } from './samples.testing.js';

/** Whole means, bins that share places, more bins than places, and one axis of each. */
const MEANS = [
  { input: [2, 4, 6, 3], size: [1, 1] },
  { input: [2, 6, 12, 19], size: [3, 6] },
  { input: [1, 7, 5, 32], size: [3, 2] },
  { input: [2, 3, 5, 4], size: [6, 6] },
  { input: [1, 1, 9, 6], size: [2, 2] },
  { input: [3, 8, 1, 1], size: [6, 3] },
] as const;

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

const all = [
  ...CASES.map((each) => ({ ...each, rule: 'bilinear' as const })),
  ...MEANS.map((each) => ({ ...each, rule: 'mean' as const })),
];

export const samples = all.flatMap(({ input, size: [height, width], rule }) => {
  const [batch, rows, columns, channels] = input;
  return [
    sample(MapResize, { x: uniform(input, 1) }, { height, width, rule }),
    sample(
      MapResizeGrad,
      { dy: uniform([batch, height, width, channels], 2) },
      { height: rows, width: columns, rule },
    ),
  ];
});
