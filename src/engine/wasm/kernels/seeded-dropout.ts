import { util } from '../../tf-core.js';
import { SeededDropout, type SeededDropoutAttrs } from '../../kernels.js';
import { itemsOf, kernel } from './kernel.js';

export const seededDropout = kernel<SeededDropoutAttrs>(
  SeededDropout,
  (backend, { x, seed }, { rate, stream, perSample }) => {
    const out = backend.output(x.shape);
    const count = util.sizeFromShape(x.shape);
    const samples = perSample ? x.shape[0] : 1;
    const single = Math.fround(rate);
    backend.pool.run(
      perSample ? 'dropoutSamples' : 'dropout',
      perSample ? samples : itemsOf(count),
      ...[x, seed, out].map((tensor) => backend.pointer(tensor)),
      ...[count / samples, stream, single, Math.fround(1 / (1 - single))],
    );
    return out;
  },
);
