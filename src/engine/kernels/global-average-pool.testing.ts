import { GlobalAveragePool, GlobalAveragePoolGrad } from './global-average-pool.js';
import { sample, uniform } from './samples.testing.js';

const SHAPES = [
  [3, 5, 7, 40],
  [1, 60, 50, 33],
  [3, 1, 1, 5],
] as const;

export const samples = SHAPES.flatMap((shape) => [
  sample(GlobalAveragePool, { x: uniform(shape, 1) }),
  sample(GlobalAveragePoolGrad, { dy: uniform([shape[0], shape[3]], 2) }, { inputShape: shape }),
]);
