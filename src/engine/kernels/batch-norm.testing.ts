import {
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  FUSED_ACTIVATIONS,
} from './batch-norm.js';
import { sample, uniform } from './samples.testing.js';

const SHAPES = [
  [2, 9, 8, 16],
  [3, 5, 7, 5],
  [10, 1],
  [3, 43, 44, 6],
];

export const samples = SHAPES.flatMap((shape) =>
  FUSED_ACTIVATIONS.flatMap((activation) => {
    const channels = shape.slice(-1);
    const attrs = { epsilon: 1e-3, activation };
    const x = uniform(shape, 1, -3, 5);
    const scale = uniform(channels, 2, 0.5, 2);
    const offset = uniform(channels, 3);
    const { mean, variance } = momentsOf(x.values, channels);
    return [
      sample(BatchNormTraining, { x, scale, offset }, attrs),
      sample(BatchNormTrainingGrad, { dy: uniform(shape, 4), x, scale, offset, mean, variance }, attrs),
      sample(
        BatchNormInference,
        { x, scale, offset, mean: uniform(channels, 5), variance: uniform(channels, 6, 0.5, 2) },
        attrs,
      ),
    ];
  }),
);

// --- internal ---

/** The gradient is defined at the moments of x alone. */
function momentsOf(x: ArrayLike<number>, shape: readonly number[]) {
  const [channels] = shape;
  const count = x.length / channels;
  const mean = new Float32Array(channels);
  const variance = new Float32Array(channels);
  for (let i = 0; i < x.length; i++) mean[i % channels] += x[i] / count;
  for (let i = 0; i < x.length; i++) variance[i % channels] += (x[i] - mean[i % channels]) ** 2 / count;
  return { mean: { shape, values: mean }, variance: { shape, values: variance } };
}
