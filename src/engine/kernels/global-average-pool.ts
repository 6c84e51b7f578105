import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { Shape4D } from './kernel.js';
import { sizeOf } from './size-of.js';

export interface GlobalAveragePoolGradAttrs {
  readonly inputShape: Shape4D;
}

/** Mean over height and width. `x` [B,H,W,C] → [B,C]. */
export const GlobalAveragePool = defineKernel({
  name: 'GlobalAveragePool',
  inputs: { x: float32(4) },
  outputs: { y: ({ x }) => [x[0], x[3]] },
  gradient: {
    keeps: ['x'],
    of: (dy, { x }) => ({ x: () => callKernel(GlobalAveragePoolGrad, { dy }, { inputShape: x.shape }) }),
  },
  reference: ({ shapes, values: { x } }) => {
    const [batch, height, width, channels] = shapes.x;
    const sums = new Float64Array(batch * channels);
    for (let i = 0; i < x.length; i++) {
      const image = Math.floor(i / (height * width * channels));
      sums[image * channels + (i % channels)] += x[i];
    }
    return Float32Array.from(sums, (sum) => sum / (height * width));
  },
  tolerance: 2e-6,
});

/** `dy` [B,C] → [B,H,W,C], the inputShape: dy/(H·W) at each place. */
export const GlobalAveragePoolGrad = defineKernel({
  name: 'GlobalAveragePoolGrad',
  inputs: { dy: float32(2) },
  attributes: attributes<GlobalAveragePoolGradAttrs>(),
  outputs: { dx: (_, { inputShape }) => inputShape },
  reference: ({ values: { dy }, attrs: { inputShape } }) => {
    const [, height, width, channels] = inputShape;
    const dx = new Float32Array(sizeOf(inputShape));
    for (let i = 0; i < dx.length; i++) {
      const image = Math.floor(i / (height * width * channels));
      dx[i] = dy[image * channels + (i % channels)] / (height * width);
    }
    return dx;
  },
  tolerance: 2e-6,
});
