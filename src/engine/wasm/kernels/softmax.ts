import { Softmax, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { SoftmaxCrossEntropy, SoftmaxGrad } from '../../kernels.js';
import type { WasmBackend } from '../backend.js';
import { ELEMENTS_PER_ITEM, isFloat, kernel } from './kernel.js';

/** Rows of the last axis of `like`, block by block. */
function overRows(
  backend: WasmBackend,
  routine: string,
  inputs: readonly TensorInfo[],
  shape: readonly number[],
): TensorInfo {
  const out = backend.output(shape);
  const count = shape[shape.length - 1];
  const rows = util.sizeFromShape(shape as number[]) / Math.max(1, count);
  if (rows * count === 0) return out;
  const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / count));
  const pointers = [...inputs, out].map((tensor) => backend.pointer(tensor));
  backend.pool.run(routine, Math.ceil(rows / blockRows), ...pointers, rows, count, blockRows);
  return out;
}

export const softmaxKernels = [
  kernel<{ dim: number }>(Softmax, (backend, { logits }, { dim }) => {
    const last = logits.shape.length - 1;
    const isLast = last >= 0 && (dim === -1 || dim === last);
    return isFloat(logits) && isLast ? overRows(backend, 'softmax', [logits], logits.shape) : undefined;
  }),

  kernel(SoftmaxGrad, (backend, { dy, y }) => overRows(backend, 'softmaxGrad', [dy, y], y.shape)),

  kernel(SoftmaxCrossEntropy, (backend, { logits, labels }) => {
    if (!isFloat(logits, labels)) return undefined;
    const [batch, classes] = logits.shape;
    const loss = backend.output([batch]);
    const gradient = backend.output([batch, classes]);
    const pointers = [logits, labels, loss, gradient].map((tensor) => backend.pointer(tensor));
    backend.pool.run('softmaxCrossEntropy', batch, ...pointers, classes);
    return [loss, gradient];
  }),
];
