import { sample, scalar, uniform } from '../samples.testing.js';
import { WeightedSum } from './weighted-sum.js';

export const samples = [[], [5], [3, 3, 20, 100]].flatMap((shape) =>
  [
    [0.99, 0.01],
    [0, 0.4],
    [1, -0.25],
  ].map(([left, right]) =>
    sample(WeightedSum, {
      left: uniform(shape, 1),
      right: uniform(shape, 2),
      leftWeight: scalar(left),
      rightWeight: scalar(right),
    }),
  ),
);
