import { SoftmaxCrossEntropy } from '../../kernels/softmax-cross-entropy.js';
import { attr } from '../attributes.js';
import { executeOp } from '../execute-op.js';
import { tensorflowKernel } from './kernel.js';

/** Both in one operation. */
export const softmaxCrossEntropy = tensorflowKernel(SoftmaxCrossEntropy, ({ logits, labels }) =>
  executeOp('SoftmaxCrossEntropyWithLogits', { T: attr.type('float32') }, [logits, labels], 2),
);
