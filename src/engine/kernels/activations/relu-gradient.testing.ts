import { ReluGradient } from './relu-gradient.js';
import { sample, uniform } from '../samples.testing.js';

export const samples = [[7], [3, 5, 7, 9], [2, 130, 130, 3]].map((shape) =>
  sample(ReluGradient, { dy: uniform(shape, 1), y: uniform(shape, 2) }),
);
