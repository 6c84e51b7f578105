import {
  ChannelScale,
  ChannelScaleGrad,
  GlobalAveragePool,
  GlobalAveragePoolGrad,
  type GlobalAveragePoolGradAttrs,
} from '../kernels.js';
import { plainKernel, sizeOf } from './plain-kernel.js';

/** What squeeze-and-excitation is made of: pooling to one value a channel, and scaling by one. */
export const channelKernels = [
  plainKernel(GlobalAveragePool, ({ inputs, values, output }) => {
    const x = values('x');
    const [batch, height, width, channels] = inputs.x.shape;
    const sums = new Float64Array(batch * channels);
    for (let i = 0; i < x.length; i++) {
      const image = Math.floor(i / (height * width * channels));
      sums[image * channels + (i % channels)] += x[i];
    }
    return output(
      [batch, channels],
      Float32Array.from(sums, (sum) => sum / (height * width)),
    );
  }),

  plainKernel<GlobalAveragePoolGradAttrs>(GlobalAveragePoolGrad, ({ attrs, values, output }) => {
    const dy = values('dy');
    const [, height, width, channels] = attrs.inputShape;
    const dx = new Float32Array(sizeOf(attrs.inputShape));
    for (let i = 0; i < dx.length; i++) {
      const image = Math.floor(i / (height * width * channels));
      dx[i] = dy[image * channels + (i % channels)] / (height * width);
    }
    return output(attrs.inputShape, dx);
  }),

  plainKernel(ChannelScale, ({ inputs, values, output }) => {
    const scale = values('scale');
    const [, height, width, channels] = inputs.x.shape;
    return output(
      inputs.x.shape,
      Float32Array.from(
        values('x'),
        (x, i) => x * scale[Math.floor(i / (height * width * channels)) * channels + (i % channels)],
      ),
    );
  }),

  plainKernel(ChannelScaleGrad, ({ inputs, values, output }) => {
    const dy = values('dy');
    const x = values('x');
    const scale = values('scale');
    const [, height, width, channels] = inputs.x.shape;
    const dx = new Float32Array(x.length);
    const dScale = new Float64Array(scale.length);
    for (let i = 0; i < x.length; i++) {
      const at = Math.floor(i / (height * width * channels)) * channels + (i % channels);
      dx[i] = dy[i] * scale[at];
      dScale[at] += dy[i] * x[i];
    }
    return [output(inputs.x.shape, dx), output(inputs.scale.shape, Float32Array.from(dScale))];
  }),
];
