import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { Shape } from './kernel.js';
import { sizeOf } from './size-of.js';

/** Those of tf.js's MirrorPad. */
export interface MirrorPadAttrs {
  readonly paddings: readonly (readonly [before: number, after: number])[];
  readonly mode: 'reflect' | 'symmetric';
}

export interface MirrorPadGradAttrs extends MirrorPadAttrs {
  readonly inputShape: Shape;
}

/**
 * The gradient of tf.js's MirrorPad: every place of the padded tensor adds to the value that was mirrored there.
 * `dy` like the padded tensor → [inputShape].
 */
export const MirrorPadGrad = defineKernel({
  name: 'MirrorPadGrad',
  inputs: { dy: float32() },
  attributes: attributes<MirrorPadGradAttrs>(),
  outputs: { dx: (_, { inputShape }) => inputShape },
  reference: ({ shapes, values, attrs: { paddings, mode, inputShape } }) => {
    const sums = new Float64Array(sizeOf(inputShape));
    values.dy.forEach((value, index) => {
      let rest = index;
      let to = 0;
      let stride = 1;
      for (let axis = inputShape.length - 1; axis >= 0; axis--) {
        const length = shapes.dy[axis];
        const place = (rest % length) - paddings[axis][0];
        to += mirrored(place, inputShape[axis], mode) * stride;
        rest = Math.floor(rest / length);
        stride *= inputShape[axis];
      }
      sums[to] += value;
    });
    return Float32Array.from(sums);
  },
  tolerance: 2e-6,
});

// --- internal ---

/** The place of an axis of `length` places that is mirrored at `place`, which counts from −before on. */
function mirrored(place: number, length: number, mode: MirrorPadAttrs['mode']): number {
  const offset = mode === 'reflect' ? 0 : 1;
  if (place < 0) return -place - offset;
  return place < length ? place : 2 * (length - 1) - place + offset;
}
