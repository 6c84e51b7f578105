import { sample, uniform } from './samples.testing.js';
import { SoftmaxGrad } from './softmax-grad.js';

export const samples = [[5], [7, 9], [2, 3, 5, 49], [4, 1000]].map((shape) =>
  sample(SoftmaxGrad, { dy: uniform(shape, 1), y: uniform(shape, 2, 0, 1) }),
);
