import { sample, scalar, uniform } from '../samples.testing.js';
import { SgdUpdate } from './sgd.js';

export const samples = [[], [5], [3, 3, 20, 100]].flatMap((shape) =>
  [false, true].map((nesterov) =>
    sample(
      SgdUpdate,
      {
        parameter: uniform(shape, 1),
        gradient: uniform(shape, 2),
        velocity: uniform(shape, 3),
        learningRate: scalar(0.01),
      },
      { momentum: 0.9, nesterov, weightDecay: nesterov ? 0.01 : 0 },
    ),
  ),
);
