import type { Tensor, TensorInfo } from '../../tf-core.js';
import { SoftmaxCrossEntropy } from '../../kernels/softmax-cross-entropy.js';
import { attr } from '../attributes.js';
import { executeOp } from '../execute-op.js';
import { tensorflowKernel } from './kernel.js';
import { call, mul, sub, sum } from './stock.js';

const FLOAT = { T: attr.type('float32') };

/**
 * Both in one operation; of several on a GPU where bits must repeat, since TensorFlow's kernel there refuses to run then
 * (tensorflow/core/kernels/xent_op.cc, in 2.15 to 2.21 at least).
 */
export const softmaxCrossEntropy = tensorflowKernel(
  SoftmaxCrossEntropy,
  ({ logits, labels }, _, { onGpu, deterministic = true }) =>
    onGpu && deterministic
      ? composed(logits, labels)
      : executeOp('SoftmaxCrossEntropyWithLogits', FLOAT, [logits, labels], 2),
);

// --- internal ---

function composed(logits: TensorInfo, labels: TensorInfo): Tensor[] {
  const logShares = call('LogSoftmax', FLOAT, logits);
  const loss = sum(mul(labels, call('Neg', FLOAT, logShares)), [1]);
  return [loss, sub(call('Exp', FLOAT, logShares), labels)];
}
