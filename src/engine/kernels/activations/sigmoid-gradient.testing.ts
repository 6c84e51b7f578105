import { sample, uniform } from '../samples.testing.js';
import { SigmoidGradient } from './sigmoid-gradient.js';

export const samples = [[7], [3, 5, 7, 9], [2, 130, 130, 3]].map((shape) =>
  sample(SigmoidGradient, { dy: uniform(shape, 1), y: uniform(shape, 2, 0, 1) }),
);
