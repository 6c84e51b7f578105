import { mul, reshape, zerosLike } from '../tf-core.js';
import { defineKernel, float32 } from './define-kernel.js';

/**
 * Softmax cross-entropy with soft labels, and its gradient in one pass. `logits`, `labels` [B,N] (rows sum to 1) →
 * `loss` [B], `gradient` [B,N] = softmax(logits) − labels.
 */
export const SoftmaxCrossEntropy = defineKernel({
  name: 'SoftmaxCrossEntropy',
  inputs: { logits: float32(2), labels: float32(2) },
  outputs: { loss: ({ logits }) => [logits[0]], gradient: ({ logits }) => logits },
  gradient: {
    keeps: ['labels', 'gradient'],
    of: (dy, { labels, gradient }) => ({
      logits: () => mul(reshape(dy, [-1, 1]), gradient),
      labels: () => zerosLike(labels),
    }),
  },
  // The maximum is subtracted before exp.
  reference: ({ shapes, values: { logits, labels } }) => {
    const [batch, classes] = shapes.logits;
    const loss = new Float32Array(batch);
    const gradient = new Float32Array(batch * classes);
    for (let b = 0; b < batch; b++) {
      const row = logits.subarray(b * classes, (b + 1) * classes);
      let highest = -Infinity;
      // Written so that a NaN among the logits comes through to the loss.
      for (const z of row) highest = z > highest || Number.isNaN(z) ? z : highest;
      let sum = 0;
      for (const z of row) sum += Math.exp(z - highest);
      const logSum = Math.log(sum) + highest;
      let total = 0;
      for (let n = 0; n < classes; n++) {
        const label = labels[b * classes + n];
        total += label * (logSum - row[n]);
        gradient[b * classes + n] = Math.exp(row[n] - logSum) - label;
      }
      loss[b] = total;
    }
    return { loss, gradient };
  },
  tolerance: 2e-6,
});
