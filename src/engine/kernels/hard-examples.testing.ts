import { HardExamples } from './hard-examples.js';
import { sample, uniform, type Numbers } from './samples.testing.js';

export const samples = [
  { shape: [3, 50], minKept: 7, leastLoss: Infinity },
  { shape: [3, 50], minKept: 7, leastLoss: 1.5 },
  { shape: [2, 50], minKept: 50, leastLoss: Infinity },
  { shape: [1, 1], minKept: 1, leastLoss: 0.1 },
  { shape: [2, 1025], minKept: 100, leastLoss: 3.9 },
].map(({ shape, ...attrs }) =>
  sample(HardExamples, { losses: uniform(shape, 1, 0, 4), weights: weightsOf(shape) }, attrs),
);

// --- internal ---

/** A third of the examples does not count. */
function weightsOf(shape: readonly number[]): Numbers {
  const { values } = uniform(shape, 2, -1, 2);
  return { shape, values: values.map((value) => Math.max(0, value)) };
}
