import { sample, scalar, uniform } from '../samples.testing.js';
import { RmsPropUpdate } from './rms-prop.js';

export const samples = [[], [5], [3, 3, 20, 100]].flatMap((shape) =>
  [0, 0.01].map((weightDecay) =>
    sample(
      RmsPropUpdate,
      {
        parameter: uniform(shape, 1),
        gradient: uniform(shape, 2),
        meanSquare: uniform(shape, 3, 0, 1),
        velocity: uniform(shape, 4),
        learningRate: scalar(0.01),
      },
      { decay: 0.9, momentum: 0.9, epsilon: 1e-3, weightDecay },
    ),
  ),
);
