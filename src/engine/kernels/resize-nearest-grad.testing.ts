import { ResizeNearestGrad } from './resize-nearest-grad.js';
import { sample, uniform } from './samples.testing.js';

const CASES = [
  { inputShape: [2, 4, 5, 3], size: [8, 10] },
  { inputShape: [2, 7, 5, 6], size: [4, 3] },
  { inputShape: [1, 6, 5, 4], size: [7, 9] },
] as const;
const ROUNDINGS = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];

export const samples = CASES.flatMap(({ inputShape, size }) =>
  ROUNDINGS.map((rounding) => {
    const dy = uniform([inputShape[0], ...size, inputShape[3]]);
    return sample(ResizeNearestGrad, { dy }, { inputShape, ...rounding });
  }),
);
