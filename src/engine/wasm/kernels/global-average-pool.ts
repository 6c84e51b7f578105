import { GlobalAveragePool, GlobalAveragePoolGrad } from '../../kernels/global-average-pool.js';
import { wasmKernel } from './kernel.js';
import { sumRows } from './parts/sum-rows.js';

export const globalAveragePool = wasmKernel(GlobalAveragePool, (backend, { x }) => {
  const [batch, height, width, channels] = x.shape;
  const out = backend.output([batch, channels]);
  const rows = height * width;
  sumRows(backend, backend.pointer(x), backend.pointer(out), [batch, rows, channels], 1 / rows);
  return out;
});

export const globalAveragePoolGrad = wasmKernel(GlobalAveragePoolGrad, (backend, { dy }, { inputShape }) => {
  const [batch, height, width, channels] = inputShape;
  const out = backend.output(inputShape);
  const rows = height * width;
  backend.routines.repeatRows({
    items: batch,
    from: backend.pointer(dy),
    to: backend.pointer(out),
    rows,
    inner: channels,
    factor: 1 / rows,
  });
  return out;
});
