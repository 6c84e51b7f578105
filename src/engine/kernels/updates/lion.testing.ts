import { sample, scalar, uniform } from '../samples.testing.js';
import { LionUpdate } from './lion.js';

export const samples = [[], [5], [3, 3, 20, 100]].flatMap((shape) =>
  [0, 0.1].map((weightDecay) => {
    const [parameter, gradient, momentum] = [1, 2, 3].map((salt) => uniform(shape, salt));
    // As in a first step for a weight that nothing has used yet: neither direction.
    if (shape.length > 0) gradient.values[1] = momentum.values[1] = 0;
    return sample(
      LionUpdate,
      { parameter, gradient, momentum, learningRate: scalar(0.01) },
      { beta1: 0.9, beta2: 0.99, weightDecay },
    );
  }),
);
