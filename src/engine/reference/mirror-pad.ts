import { MirrorPadGrad, type MirrorPadGradAttrs } from '../kernels.js';
import { plainKernel, sizeOf } from './plain-kernel.js';

/** The place of an axis of `length` places that is mirrored at `place`, which counts from −before on. */
function mirrored(place: number, length: number, mode: MirrorPadGradAttrs['mode']): number {
  const offset = mode === 'reflect' ? 0 : 1;
  if (place < 0) return -place - offset;
  return place < length ? place : 2 * (length - 1) - place + offset;
}

/** The gradient of mirrored padding: each place of dy is added where its value came from. */
export const mirrorPadKernels = [
  plainKernel<MirrorPadGradAttrs>(MirrorPadGrad, ({ inputs, attrs, values, output }) => {
    const { paddings, mode, inputShape } = attrs;
    const dy = values('dy');
    const sums = new Float64Array(sizeOf(inputShape));
    dy.forEach((value, index) => {
      let rest = index;
      let to = 0;
      let stride = 1;
      for (let axis = inputShape.length - 1; axis >= 0; axis--) {
        const length = inputs.dy.shape[axis];
        const place = (rest % length) - paddings[axis][0];
        to += mirrored(place, inputShape[axis], mode) * stride;
        rest = Math.floor(rest / length);
        stride *= inputShape[axis];
      }
      sums[to] += value;
    });
    return output(inputShape, Float32Array.from(sums));
  }),
];
