import { Softmax } from '../../../tf-core.js';
import { isFloat, kernel } from '../kernel.js';
import { overRows } from '../parts/last-axis.js';

export const softmaxKernels = [
  kernel<{ dim: number }>(Softmax, (backend, { logits }, { dim }) => {
    const last = logits.shape.length - 1;
    const isLast = last >= 0 && (dim === -1 || dim === last);
    return isFloat(logits) && isLast ? overRows(backend, 'softmax', [logits], logits.shape) : undefined;
  }),
];
