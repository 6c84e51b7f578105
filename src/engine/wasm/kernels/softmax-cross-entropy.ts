import { SoftmaxCrossEntropy } from '../../kernels/softmax-cross-entropy.js';
import { isFloat, wasmKernel } from './kernel.js';

export const softmaxCrossEntropy = wasmKernel(SoftmaxCrossEntropy, (backend, { logits, labels }) => {
  if (!isFloat(logits, labels)) return undefined;
  const [batch, classes] = logits.shape;
  const loss = backend.output([batch]);
  const gradient = backend.output([batch, classes]);
  backend.routines.softmaxCrossEntropy({
    items: batch,
    logits: backend.pointer(logits),
    labels: backend.pointer(labels),
    loss: backend.pointer(loss),
    gradient: backend.pointer(gradient),
    count: classes,
  });
  return [loss, gradient];
});
