/** Gradients of the kernels of `kernels.ts`, and leaner or better ones for some of tf.js's own. */
// By way of tfjs-layers, which brings tf.js's gradients along and registers them when it loads: ours come after.
import * as tf from './tf.js';
import * as k from './kernels.js';
import { placesInside } from './pool-windows.js';

type Attrs = tf.NamedAttrMap;

function run<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: object = {},
): T {
  return tf.engine().runKernel(name, inputs, attrs as Attrs) as T;
}

function first(dy: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(dy) ? dy[0] : dy;
}

/** What flows back to each value that went into a sum over axes. */
function spread(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number[], x.shape);
  const kept = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  return tf.broadcastTo(tf.reshape(dy, kept), x.shape);
}

/** Sums of 2×2 places one behind the other, or of their part inside: [B,H,W,C] → [B,⌈H/2⌉,⌈W/2⌉,C]. */
function sumPairs(dy: tf.Tensor4D): tf.Tensor {
  const [batch, height, width, channels] = dy.shape;
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const [below, right] = [2 * rows - height, 2 * columns - width];
  const isEven = below + right === 0;
  const whole = isEven ? dy : tf.pad(dy, [[0, 0], [0, below], [0, right], [0, 0]]); // prettier-ignore
  const attrs = {
    alignCorners: false,
    halfPixelCenters: false,
    inputShape: [batch, rows, columns, channels],
  };
  return run(k.ResizeNearestGrad, { dy: whole }, attrs);
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
  {
    kernelName: k.Involution,
    inputsToSave: ['x', 'kernel'],
    gradFunc: (dys, saved, attrs) => {
      const dy = first(dys);
      const [x, kernel] = saved;
      return {
        x: () => run(k.InvolutionBackpropInput, { dy, kernel }, { ...attrs, inputShape: x.shape }),
        kernel: () => run(k.InvolutionBackpropKernel, { dy, x }, attrs),
      };
    },
  },
  {
    // As an operation of its own this is the product of queries and keys, see `neighbourhoodProduct`: bilinear,
    // like involution itself, and the three kernels are each other's derivatives.
    kernelName: k.InvolutionBackpropKernel,
    inputsToSave: ['dy', 'x'],
    gradFunc: (dys, [query, key], attrs) => {
      const kernel = first(dys);
      return {
        dy: () => run(k.Involution, { x: key, kernel }, attrs),
        x: () => run(k.InvolutionBackpropInput, { dy: query, kernel }, { ...attrs, inputShape: key.shape }),
      };
    },
  },
  {
    // A tap outside of the map has weight 0, so its gradient is 0 without looking where the map ends.
    kernelName: k.NeighbourhoodSoftmax,
    outputsToSave: [true],
    gradFunc: (dys, [y], attrs) => ({
      logits: () => run(k.NeighbourhoodSoftmaxGrad, { dy: first(dys), y }, attrs),
    }),
  },
  {
    kernelName: k.BatchNormTraining,
    inputsToSave: ['x', 'scale', 'offset'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved, attrs) => {
      const [x, scale, offset, mean, variance] = saved;
      // One kernel gives all three, so it runs here and not in the closures: what a closure makes
      // beside its result is disposed of when it returns.
      const [dx, dScale, dOffset] = run<tf.Tensor[]>(
        k.BatchNormTrainingGrad,
        { dy: first(dys), x, scale, offset, mean, variance },
        attrs,
      );
      return { x: () => dx, scale: () => dScale, offset: () => dOffset };
    },
  },
  {
    // Moving statistics are constants here: training is not done through this one, explaining is.
    kernelName: k.BatchNormInference,
    inputsToSave: ['x', 'scale', 'offset', 'mean', 'variance'],
    gradFunc: (dys, [x, scale, offset, mean, variance], attrs) => {
      const { epsilon, activation } = attrs as unknown as k.BatchNormAttrs;
      const normalised = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
      const z = tf.add(tf.mul(normalised, scale), offset);
      let dz = first(dys);
      if (activation === 'relu') dz = run(k.ReluGradient, { dy: dz, y: z });
      if (activation === 'swish') dz = run(k.SwishGrad, { dy: dz, x: z });
      const places = x.shape.map((_, axis) => axis).slice(0, -1);
      return {
        x: () => tf.mul(dz, tf.div(scale, tf.sqrt(tf.add(variance, epsilon)))),
        scale: () => tf.sum(tf.mul(dz, normalised), places),
        offset: () => tf.sum(dz, places),
      };
    },
  },
  {
    kernelName: k.Swish,
    inputsToSave: ['x'],
    gradFunc: (dys, [x]) => ({ x: () => run(k.SwishGrad, { dy: first(dys), x }) }),
  },
  {
    // The sum needs no values of the addend, so nothing of that path is kept here.
    kernelName: k.ConvolutionAdd,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dys, [x, filter], attrs) => {
      const dy = first(dys);
      const { repeat } = attrs as unknown as k.ConvolutionAddAttrs;
      const plain = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
      return {
        x: () => run(tf.Conv2DBackpropInput, { dy, filter }, { ...plain, inputShape: x.shape }),
        filter: () => run(tf.Conv2DBackpropFilter, { x, dy }, { ...plain, filterShape: filter.shape }),
        addend: () => (repeat === 1 ? tf.clone(dy) : sumPairs(dy as tf.Tensor4D)),
      };
    },
  },
  {
    kernelName: k.GlobalAveragePool,
    inputsToSave: ['x'],
    gradFunc: (dys, [x]) => ({
      x: () => run(k.GlobalAveragePoolGrad, { dy: first(dys) }, { inputShape: x.shape }),
    }),
  },
  {
    kernelName: k.ChannelScale,
    inputsToSave: ['x', 'scale'],
    gradFunc: (dys, [x, scale]) => {
      const [dx, dScale] = run<tf.Tensor[]>(k.ChannelScaleGrad, { dy: first(dys), x, scale });
      return { x: () => dx, scale: () => dScale };
    },
  },
  {
    kernelName: k.SeededDropout,
    inputsToSave: ['seed'],
    gradFunc: (dys, [seed], attrs) => ({
      x: () => run(k.SeededDropout, { x: first(dys), seed }, attrs),
      seed: () => tf.zerosLike(seed),
    }),
  },
  {
    kernelName: k.SoftmaxCrossEntropy,
    inputsToSave: ['labels'],
    outputsToSave: [false, true],
    gradFunc: (dys, [labels, gradient]) => ({
      logits: () => tf.mul(tf.reshape(first(dys), [-1, 1]), gradient),
      labels: () => tf.zerosLike(labels),
    }),
  },
  // tf.js differentiates these four through full-size constants; one pass is enough.
  {
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dys, [y]) => ({ x: () => run(k.ReluGradient, { dy: first(dys), y }) }),
  },
  {
    kernelName: tf.Sigmoid,
    outputsToSave: [true],
    gradFunc: (dys, [y]) => ({ x: () => run(k.SigmoidGradient, { dy: first(dys), y }) }),
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
    gradFunc: (dys, [y]) => ({ logits: () => run(k.SoftmaxGrad, { dy: first(dys), y }) }),
  },
  {
    // tf.js's own is right for the first image of a batch only.
    kernelName: tf.ResizeNearestNeighbor,
    inputsToSave: ['images'],
    gradFunc: (dys, [images], attrs) => ({
      images: () => run(k.ResizeNearestGrad, { dy: first(dys) }, { ...attrs, inputShape: images.shape }),
    }),
  },
  {
    // tf.js forgets what was mirrored.
    kernelName: tf.MirrorPad,
    inputsToSave: ['x'],
    gradFunc: (dys, [x], attrs) => ({
      x: () => run(k.MirrorPadGrad, { dy: first(dys) }, { ...attrs, inputShape: x.shape }),
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
        return run(tf.AvgPoolGrad, { dy: share ? tf.mul(dy, share) : dy, input: x }, attrs);
      },
    }),
  },
];

for (const gradient of gradients) {
  if (tf.getGradient(gradient.kernelName)) tf.unregisterGradient(gradient.kernelName);
  tf.registerGradient(gradient);
}
