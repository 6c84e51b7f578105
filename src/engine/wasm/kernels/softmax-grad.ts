import { SoftmaxGrad } from '../../kernels/softmax-grad.js';
import { wasmKernel } from './kernel.js';
import { rowsOf } from './parts/last-axis.js';

export const softmaxGrad = wasmKernel(SoftmaxGrad, (backend, { dy, y }) => {
  const dx = backend.output(y.shape);
  const rows = rowsOf(y.shape);
  if (rows.items === 0) return dx;
  const at = { dy: backend.pointer(dy), y: backend.pointer(y), dx: backend.pointer(dx) };
  backend.routines.softmaxGrad({ ...at, ...rows });
  return dx;
});
