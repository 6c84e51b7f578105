import { Softmax } from '../../../tf-core.js';
import { isFloat, kernel } from '../kernel.js';
import { rowsOf } from '../parts/last-axis.js';

export const softmaxKernels = [
  kernel<{ dim: number }>(Softmax, (backend, { logits }, { dim }) => {
    const last = logits.shape.length - 1;
    const isLast = last >= 0 && (dim === -1 || dim === last);
    if (!isFloat(logits) || !isLast) return undefined;
    const out = backend.output(logits.shape);
    const rows = rowsOf(logits.shape);
    if (rows.items === 0) return out;
    backend.routines.softmax({ from: backend.pointer(logits), to: backend.pointer(out), ...rows });
    return out;
  }),
];
