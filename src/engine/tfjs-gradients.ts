/**
 * Gradients of tf.js's own operations, in the place of those that tf.js has: leaner ones, and right ones where its own
 * are wrong. Loaded by `tf.ts` after tf.js's.
 */
import { callKernel } from './kernels/call-kernel.js';
import { MirrorPadGrad, type MirrorPadAttrs } from './kernels/mirror-pad-grad.js';
import { ReluGradient } from './kernels/activations/relu-gradient.js';
import { ResizeNearestGrad, type ResizeNearestGradAttrs } from './kernels/resize-nearest-grad.js';
import { SigmoidGradient } from './kernels/activations/sigmoid-gradient.js';
import { SoftmaxGrad } from './kernels/softmax-grad.js';
import { placesInside } from './pool-windows.js';
import * as tf from './tf-core.js';

function first(dy: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(dy) ? dy[0] : dy;
}

/** What flows back to each value that went into a sum over axes. */
function spread(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number[], x.shape);
  const kept = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  return tf.broadcastTo(tf.reshape(dy, kept), x.shape);
}

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** How many times larger than its part inside the image each window is: [1,OH,OW,1], or nothing where all are inside. */
function overhang(inputShape: readonly number[], attrs: PoolAttrs): tf.Tensor | undefined {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const shape = inputShape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const size = info.filterHeight * info.filterWidth;
  const shares = placesInside(info)?.map((places) => size / places);
  return shares && tf.tensor4d(shares, [1, info.outHeight, info.outWidth, 1]);
}

const gradients: readonly tf.GradConfig[] = [
  // tf.js differentiates these four through full-size constants; one pass is enough.
  {
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dys, [y]) => ({ x: () => callKernel(ReluGradient, { dy: first(dys), y }) }),
  },
  {
    kernelName: tf.Sigmoid,
    outputsToSave: [true],
    gradFunc: (dys, [y]) => ({ x: () => callKernel(SigmoidGradient, { dy: first(dys), y }) }),
  },
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dys, [x], { axis }) => ({ x: () => spread(first(dys), x, axis) }),
  },
  {
    kernelName: tf.Mean,
    inputsToSave: ['x'],
    gradFunc: (dys, [x], { axis }) => {
      const dy = first(dys);
      return { x: () => spread(tf.mul(dy, dy.size / x.size), x, axis) };
    },
  },
  {
    kernelName: tf.Softmax,
    outputsToSave: [true],
    gradFunc: (dys, [y]) => ({ logits: () => callKernel(SoftmaxGrad, { dy: first(dys), y }) }),
  },
  {
    // tf.js's own is right for the first image of a batch only.
    kernelName: tf.ResizeNearestNeighbor,
    inputsToSave: ['images'],
    gradFunc: (dys, [images], attrs) => ({
      images: () => {
        const { alignCorners, halfPixelCenters } = attrs as unknown as ResizeNearestGradAttrs;
        const inputShape = (images as tf.Tensor4D).shape;
        return callKernel(
          ResizeNearestGrad,
          { dy: first(dys) as tf.Tensor4D },
          { alignCorners, halfPixelCenters, inputShape },
        );
      },
    }),
  },
  {
    // tf.js forgets what was mirrored.
    kernelName: tf.MirrorPad,
    inputsToSave: ['x'],
    gradFunc: (dys, [x], attrs) => ({
      x: () => {
        const { paddings, mode } = attrs as unknown as MirrorPadAttrs;
        return callKernel(MirrorPadGrad, { dy: first(dys) }, { paddings, mode, inputShape: x.shape });
      },
    }),
  },
  {
    // tf.js divides by the whole window at the border too, where the mean is over its part inside the image.
    kernelName: tf.AvgPool,
    inputsToSave: ['x'],
    gradFunc: (dys, [x], attrs) => ({
      x: () => {
        const dy = first(dys);
        const share = overhang(x.shape, attrs as unknown as PoolAttrs);
        const inputs = { dy: share ? tf.mul(dy, share) : dy, input: x };
        return tf.engine().runKernel(tf.AvgPoolGrad, inputs, attrs) as tf.Tensor;
      },
    }),
  },
];

for (const gradient of gradients) {
  if (tf.getGradient(gradient.kernelName)) tf.unregisterGradient(gradient.kernelName);
  tf.registerGradient(gradient);
}
