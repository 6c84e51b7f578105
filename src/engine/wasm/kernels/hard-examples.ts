import { HardExamples } from '../../kernels/hard-examples.js';
import { isFloat, wasmKernel } from './kernel.js';

export const hardExamples = wasmKernel(
  HardExamples,
  (backend, { losses, weights }, { minKept, leastLoss }) => {
    if (!isFloat(losses, weights)) return undefined;
    const [rows, count] = losses.shape;
    const kept = backend.output([rows, count]);
    backend.routines.hardExamples({
      items: rows,
      losses: backend.pointer(losses),
      weights: backend.pointer(weights),
      kept: backend.pointer(kept),
      count,
      minKept,
      leastLoss,
    });
    return kept;
  },
);
