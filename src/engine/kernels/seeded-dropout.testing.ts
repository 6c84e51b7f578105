import { sample, scalar, uniform } from './samples.testing.js';
import { SeededDropout } from './seeded-dropout.js';

const CASES = [
  { shape: [3, 5, 7, 4], rate: 0.2, stream: 7, perSample: false },
  { shape: [64, 3], rate: 0.5, stream: 0x7fffffff, perSample: true },
  { shape: [10], rate: 0, stream: 1, perSample: false },
];

export const samples = CASES.flatMap(({ shape, rate, ...attrs }) =>
  [0, -77123, 0x7fffffff].map((seed) =>
    sample(
      SeededDropout,
      {
        x: uniform(shape, 1, 0.5, 1),
        seed: { shape: [], values: Int32Array.of(seed) },
        rate: scalar(rate),
        scale: scalar(1 / (1 - rate)),
      },
      attrs,
    ),
  ),
);
