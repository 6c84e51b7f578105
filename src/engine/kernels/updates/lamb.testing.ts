import { sample, uniform } from '../samples.testing.js';
import { adamInputsOf as inputs } from './adam.testing.js';
import { LambUpdate } from './lamb.js';

const zeros = (shape: readonly number[]) => uniform(shape, 0, 0, 0);
const attrs = { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weightDecay: 0.05 };

export const samples = [
  ...[[], [5], [3, 3, 20, 100]].flatMap((shape) => [
    sample(LambUpdate, inputs(shape), { ...attrs, decoupled: false, adapts: true, clips: false }),
    sample(LambUpdate, inputs(shape), { ...attrs, decoupled: true, adapts: true, clips: true }),
    sample(LambUpdate, inputs(shape), {
      ...{ ...attrs, weightDecay: 0 },
      ...{ decoupled: false, adapts: false, clips: false },
    }),
  ]),
  // Norms that are 0: of a parameter that is, and of a step.
  sample(
    LambUpdate,
    { ...inputs([7]), parameter: zeros([7]) },
    { ...attrs, decoupled: false, adapts: true, clips: false },
  ),
  sample(
    LambUpdate,
    { ...inputs([7]), gradient: zeros([7]), firstMoment: zeros([7]) },
    { ...attrs, decoupled: true, adapts: true, clips: false },
  ),
];
