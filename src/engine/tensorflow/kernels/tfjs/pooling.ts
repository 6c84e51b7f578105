import * as tf from '../../../tf-core.js';
import { attr, type AttributeValue } from '../../attributes.js';
import { tfjsKernel } from '../kernel.js';
import { oneDnnMaxPool, oneDnnMaxPoolGrad } from '../one-dnn.js';
import { call, integers, mul, pad, slice } from '../stock.js';
import { placesInside } from '../../../pool-windows.js';

type Shape4D = [number, number, number, number];

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Inputs {
  readonly x: tf.TensorInfo;
  readonly dy: tf.TensorInfo;
  readonly input: tf.TensorInfo;
  readonly output: tf.TensorInfo;
}

/** Less than any activation, and not −∞, which times 0 would not be 0. */
const LEAST = -3.4e38;

/** Pooling with padding of any kind; tfjs-node takes no explicit padding. */
export const poolingKernels = [
  tfjsKernel<Inputs, PoolAttrs>(tf.MaxPool, ({ x }, attrs, { oneDnn }) => {
    const info = poolInfo(x, attrs);
    const wide = padded(x, info, LEAST);
    return oneDnn ? oneDnnMaxPool(wide, attributesOf(info))[0] : call('MaxPool', attributesOf(info), wide);
  }),
  tfjsKernel<Inputs, PoolAttrs>(tf.MaxPoolGrad, ({ dy, input, output }, attrs, { oneDnn }) => {
    const info = poolInfo(input, attrs);
    const wide = padded(input, info, LEAST);
    const gradient = oneDnn
      ? oneDnnMaxPoolGrad(dy, wide, attributesOf(info))
      : call('MaxPoolGrad', attributesOf(info), wide, output, dy);
    return unpadded(gradient, input, info);
  }),
  tfjsKernel<Inputs, PoolAttrs>(tf.AvgPool, ({ x }, attrs) => {
    const info = poolInfo(x, attrs);
    const y = call('AvgPool', attributesOf(info), padded(x, info, 0));
    const share = isExplicit(info) ? shares(info, (inside, size) => size / inside) : undefined;
    return share ? mul(y, share) : y;
  }),
  tfjsKernel<Inputs, PoolAttrs>(tf.AvgPoolGrad, ({ dy, input }, attrs) => {
    // Asked for is dy divided by the whole window everywhere: TensorFlow divides by its part inside of the image.
    const info = poolInfo(input, attrs);
    const share = isExplicit(info) ? undefined : shares(info, (inside, size) => inside / size);
    const wide = padded(input, info, 0);
    const gradient = call(
      'AvgPoolGrad',
      attributesOf(info),
      integers(wide.shape),
      share ? mul(dy, share) : dy,
    );
    return unpadded(gradient, input, info);
  }),
];

// --- internal ---

type PoolInfo = tf.backend_util.Conv2DInfo;

function poolInfo(x: tf.TensorInfo, { filterSize, strides, pad, dimRoundingMode }: PoolAttrs): PoolInfo {
  return tf.backend_util.computePool2DInfo(x.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
}

function isExplicit({ padInfo }: PoolInfo): boolean {
  return padInfo.type !== 'SAME' && padInfo.type !== 'VALID';
}

function attributesOf(info: PoolInfo): Record<string, AttributeValue> {
  return {
    T: attr.type('float32'),
    ksize: attr.int([1, info.filterHeight, info.filterWidth, 1]),
    strides: attr.int([1, info.strideHeight, info.strideWidth, 1]),
    padding: attr.text(isExplicit(info) ? 'VALID' : info.padInfo.type),
    data_format: attr.text('NHWC'),
  };
}

function padded(x: tf.TensorInfo, info: PoolInfo, value: number): tf.TensorInfo {
  if (!isExplicit(info)) return x;
  const { top, bottom, left, right } = info.padInfo;
  return pad(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}

function unpadded(gradient: tf.Tensor, input: tf.TensorInfo, info: PoolInfo): tf.Tensor {
  if (!isExplicit(info)) return gradient;
  return slice(gradient, [0, info.padInfo.top, info.padInfo.left, 0], input.shape);
}

/** A number for each place of the output from how much of its window lies inside: [1,OH,OW,1]; nothing if all does. */
function shares(info: PoolInfo, of: (inside: number, size: number) => number): tf.Tensor | undefined {
  const size = info.filterHeight * info.filterWidth;
  const shares = placesInside(info)?.map((inside) => of(inside, size));
  return shares && tf.tensor4d(shares, [1, info.outHeight, info.outWidth, 1]);
}
