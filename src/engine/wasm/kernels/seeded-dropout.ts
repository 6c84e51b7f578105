import { util } from '../../tf-core.js';
import { SeededDropout } from '../../kernels/seeded-dropout.js';
import { itemsOf, wasmKernel } from './kernel.js';

export const seededDropout = wasmKernel(
  SeededDropout,
  (backend, { x, seed, rate, scale }, { stream, perSample }) => {
    const out = backend.output(x.shape);
    const count = util.sizeFromShape(x.shape);
    const samples = perSample ? x.shape[0] : 1;
    backend.routines[perSample ? 'dropoutSamples' : 'dropout']({
      items: perSample ? samples : itemsOf(count),
      x: backend.pointer(x),
      seed: backend.pointer(seed),
      to: backend.pointer(out),
      count: count / samples,
      stream,
      rate: backend.pointer(rate),
      scale: backend.pointer(scale),
    });
    return out;
  },
);
