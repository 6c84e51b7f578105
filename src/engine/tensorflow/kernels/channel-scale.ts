import { ChannelScale, ChannelScaleGrad } from '../../kernels/channel-scale.js';
import { executeOp } from '../execute-op.js';
import { tensorflowKernel } from './kernel.js';
import { call, mul, overImages, sum } from './stock.js';

export const channelScale = tensorflowKernel(ChannelScale, ({ x, scale }, _, { customOps }) =>
  customOps.has('InvolveChannelScale')
    ? call('InvolveChannelScale', {}, x, scale)
    : mul(x, overImages(scale)),
);

export const channelScaleGrad = tensorflowKernel(ChannelScaleGrad, ({ dy, x, scale }, _, { customOps }) =>
  customOps.has('InvolveChannelScaleGrad')
    ? executeOp('InvolveChannelScaleGrad', {}, [dy, x, scale], 2)
    : [mul(dy, overImages(scale)), sum(mul(dy, x), [1, 2])],
);
