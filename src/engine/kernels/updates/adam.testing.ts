import { sample } from '../samples.testing.js';
import { adamInputsOf } from './adam-moments.testing.js';
import { AdamUpdate } from './adam.js';

export const samples = [[], [5], [3, 3, 20, 100]].flatMap((shape) =>
  [0, 0.05].map((weightDecay) =>
    sample(AdamUpdate, adamInputsOf(shape), { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }),
  ),
);
