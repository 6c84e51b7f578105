import { callKernel } from './call-kernel.js';
import { defineKernel, float32 } from './define-kernel.js';

/** Scales each channel of each image. `x` [B,H,W,C], `scale` [B,C] → like x. */
export const ChannelScale = defineKernel({
  name: 'ChannelScale',
  inputs: { x: float32(4), scale: float32(2) },
  outputs: { y: ({ x }) => x },
  gradient: {
    keeps: ['x', 'scale'],
    // One kernel gives both, so it runs here and not in the closures.
    of: (dy, { x, scale }) => {
      const { dx, dScale } = callKernel(ChannelScaleGrad, { dy, x, scale });
      return { x: () => dx, scale: () => dScale };
    },
  },
  reference: ({ shapes, values }) => {
    const [, height, width, channels] = shapes.x;
    return Float32Array.from(
      values.x,
      (x, i) => x * values.scale[Math.floor(i / (height * width * channels)) * channels + (i % channels)],
    );
  },
  tolerance: 2e-6,
});

/** `dy`, `x` [B,H,W,C], `scale` [B,C] → `dx` like x, `dScale` [B,C]. */
export const ChannelScaleGrad = defineKernel({
  name: 'ChannelScaleGrad',
  inputs: { dy: float32(4), x: float32(4), scale: float32(2) },
  outputs: { dx: ({ x }) => x, dScale: ({ scale }) => scale },
  reference: ({ shapes, values: { dy, x, scale } }) => {
    const [, height, width, channels] = shapes.x;
    const dx = new Float32Array(x.length);
    const dScale = new Float64Array(scale.length);
    for (let i = 0; i < x.length; i++) {
      const at = Math.floor(i / (height * width * channels)) * channels + (i % channels);
      dx[i] = dy[i] * scale[at];
      dScale[at] += dy[i] * x[i];
    }
    return { dx, dScale: Float32Array.from(dScale) };
  },
  tolerance: 2e-6,
});
