import { sample, scalar, uniform } from '../samples.testing.js';
import { SgdUpdate } from './sgd.js';

export const samples = [[], [5], [3, 3, 20, 100]].flatMap((shape) =>
  [
    { nesterov: false, weightDecay: 0, decoupled: true },
    { nesterov: true, weightDecay: 0.01, decoupled: true },
    { nesterov: false, weightDecay: 0.01, decoupled: false },
    { nesterov: true, weightDecay: 0.5, decoupled: false },
  ].map((attrs) =>
    sample(
      SgdUpdate,
      {
        parameter: uniform(shape, 1),
        gradient: uniform(shape, 2),
        velocity: uniform(shape, 3),
        learningRate: scalar(0.01),
      },
      { momentum: 0.9, ...attrs },
    ),
  ),
);
