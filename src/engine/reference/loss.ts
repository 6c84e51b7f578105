import { SoftmaxCrossEntropy } from '../kernels.js';
import { plainKernel } from './plain-kernel.js';

/** Softmax cross-entropy and its gradient in one pass; the maximum is subtracted before exp. */
export const lossKernels = [
  plainKernel(SoftmaxCrossEntropy, ({ inputs, values, output }) => {
    const logits = values('logits');
    const labels = values('labels');
    const [batch, classes] = inputs.logits.shape;
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
    return [output([batch], loss), output([batch, classes], gradient)];
  }),
];
