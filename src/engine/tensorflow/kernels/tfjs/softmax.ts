import * as tf from '../../../tf-core.js';
import { tfjsKernel } from '../kernel.js';
import { rowShares } from '../parts/softmax.js';

export const softmaxKernels = [
  tfjsKernel<{ logits: tf.TensorInfo }>(tf.Softmax, ({ logits }, _, options) => rowShares(logits, options)),
];
