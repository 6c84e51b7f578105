import { type Numbers, sample, uniform } from './samples.testing.js';
import { SoftmaxCrossEntropy } from './softmax-cross-entropy.js';

export const samples = [
  [9, 6],
  [1, 1],
  [33, 10],
].flatMap((shape) =>
  [4, 20].map((size) =>
    sample(SoftmaxCrossEntropy, { logits: uniform(shape, 1, -size, size), labels: shares(shape) }),
  ),
);

// --- internal ---

/** Rows that sum to 1. */
function shares(shape: readonly number[]): Numbers {
  const { values } = uniform(shape, 2, 0, 1);
  const [rows, classes] = shape;
  const sums = new Float64Array(rows);
  values.forEach((value, i) => (sums[Math.floor(i / classes)] += value));
  return { shape, values: Float32Array.from(values, (value, i) => value / sums[Math.floor(i / classes)]) };
}
