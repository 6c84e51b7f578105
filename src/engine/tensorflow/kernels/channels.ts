import type { TensorInfo } from '../../tf-core.js';
import {
  ChannelScale,
  ChannelScaleGrad,
  GlobalAveragePool,
  GlobalAveragePoolGrad,
  type GlobalAveragePoolGradAttrs,
} from '../../kernels.js';
import { executeOp } from '../execute-op.js';
import { kernel, type KernelOptions, type TensorflowKernel } from './kernel.js';
import { broadcastTo, call, div, mean, mul, number, reshape, sum } from './stock.js';

/** What squeeze-and-excitation is made of: pooling to one value a channel, and scaling by one. */
export function channelKernels({ customOps }: KernelOptions): TensorflowKernel[] {
  return [
    kernel<{ x: TensorInfo }>(GlobalAveragePool, ({ x }) =>
      customOps.has('InvolveGlobalAveragePool') ? call('InvolveGlobalAveragePool', {}, x) : mean(x, [1, 2]),
    ),

    kernel<{ dy: TensorInfo }, GlobalAveragePoolGradAttrs>(
      GlobalAveragePoolGrad,
      ({ dy }, { inputShape }) => {
        const [, height, width] = inputShape;
        return broadcastTo(overImages(div(dy, number(height * width))), inputShape);
      },
    ),

    kernel<{ x: TensorInfo; scale: TensorInfo }>(ChannelScale, ({ x, scale }) =>
      customOps.has('InvolveChannelScale')
        ? call('InvolveChannelScale', {}, x, scale)
        : mul(x, overImages(scale)),
    ),

    kernel<{ dy: TensorInfo; x: TensorInfo; scale: TensorInfo }>(ChannelScaleGrad, ({ dy, x, scale }) =>
      customOps.has('InvolveChannelScaleGrad')
        ? executeOp('InvolveChannelScaleGrad', {}, [dy, x, scale], 2)
        : [mul(dy, overImages(scale)), sum(mul(dy, x), [1, 2])],
    ),
  ];
}

/** [B,C] → [B,1,1,C]. */
function overImages(x: TensorInfo) {
  return reshape(x, [x.shape[0], 1, 1, x.shape[1]]);
}
