import type { TensorInfo } from '../../tf-core.js';
import { SoftmaxCrossEntropy } from '../../kernels.js';
import { attr } from '../attributes.js';
import { executeOp } from '../execute-op.js';
import { kernel, type TensorflowKernel } from './kernel.js';

/** Softmax cross-entropy and its gradient in one operation. */
export const lossKernels: readonly TensorflowKernel[] = [
  kernel<{ logits: TensorInfo; labels: TensorInfo }>(SoftmaxCrossEntropy, ({ logits, labels }) =>
    executeOp('SoftmaxCrossEntropyWithLogits', { T: attr.type('float32') }, [logits, labels], 2),
  ),
];
