import { SoftmaxCrossEntropy } from '../../kernels.js';
import { isFloat, kernel } from './kernel.js';

export const softmaxCrossEntropy = kernel(SoftmaxCrossEntropy, (backend, { logits, labels }) => {
  if (!isFloat(logits, labels)) return undefined;
  const [batch, classes] = logits.shape;
  const loss = backend.output([batch]);
  const gradient = backend.output([batch, classes]);
  const pointers = [logits, labels, loss, gradient].map((tensor) => backend.pointer(tensor));
  backend.pool.run('softmaxCrossEntropy', batch, ...pointers, classes);
  return [loss, gradient];
});
