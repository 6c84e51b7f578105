import { GlobalAveragePool, GlobalAveragePoolGrad } from '../../kernels/global-average-pool.js';
import { tensorflowKernel } from './kernel.js';
import { broadcastTo, call, div, mean, number, overImages } from './stock.js';

export const globalAveragePool = tensorflowKernel(GlobalAveragePool, ({ x }, _, { customOps }) =>
  customOps.has('InvolveGlobalAveragePool') ? call('InvolveGlobalAveragePool', {}, x) : mean(x, [1, 2]),
);

export const globalAveragePoolGrad = tensorflowKernel(GlobalAveragePoolGrad, ({ dy }, { inputShape }) => {
  const [, height, width] = inputShape;
  return broadcastTo(overImages(div(dy, number(height * width))), inputShape);
});
