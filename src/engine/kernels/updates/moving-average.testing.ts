import { sample, uniform } from '../samples.testing.js';
import { MovingAverageUpdate } from './moving-average.js';

export const samples = [[], [5], [3, 3, 20, 100]].map((shape) =>
  sample(MovingAverageUpdate, { average: uniform(shape, 1), value: uniform(shape, 2) }, { decay: 0.99 }),
);
