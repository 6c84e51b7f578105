import {
  DilatedConvolution,
  DilatedConvolutionFilterGrad,
  DilatedConvolutionInputGrad,
  type DilationAttrs,
} from '../../kernels/dilated-convolution.js';
import * as tf from '../../tf-core.js';
import { attr } from '../attributes.js';
import { tensorflowKernel } from './kernel.js';
import { call } from './stock.js';

// A dilated convolution is a plain one of the d² maps that every d-th place makes. TensorFlow does it so itself in
// Keras, and has no gradients of dilated convolutions on a processor; as a plain one it is as fast as those are.

export const dilatedConvolution = tensorflowKernel(DilatedConvolution, ({ x, filter }, attrs) => {
  const split = splitOf(x.shape, filter.shape, attrs.dilation);
  const inputs = { x: scatter(x, split, split.around), filter };
  const name = attrs.depthwise ? tf.DepthwiseConv2dNative : tf.Conv2D;
  return gather(plain(name, inputs), split, split.behind);
});

export const dilatedConvolutionInputGrad = tensorflowKernel(
  DilatedConvolutionInputGrad,
  ({ dy, filter }, attrs) => {
    const split = splitOf(dy.shape, filter.shape, attrs.dilation);
    const above = scatter(dy, split, split.behind);
    const [batch, height, width] = above.shape;
    const [rows, columns, channels] = filter.shape;
    const inputShape = [batch, height! + rows - 1, width! + columns - 1, channels];
    const name = attrs.depthwise ? tf.DepthwiseConv2dNativeBackpropInput : tf.Conv2DBackpropInput;
    return gather(plain(name, { dy: above, filter }, { inputShape }), split, split.around);
  },
);

export const dilatedConvolutionFilterGrad = tensorflowKernel(
  DilatedConvolutionFilterGrad,
  ({ x, dy }, { height, width, ...attrs }) => {
    const split = splitOf(x.shape, [height, width], attrs.dilation);
    const inputs = { x: scatter(x, split, split.around), dy: scatter(dy, split, split.behind) };
    const filterShape = [height, width, x.shape[3], attrs.depthwise ? 1 : dy.shape[3]];
    const name = attrs.depthwise ? tf.DepthwiseConv2dNativeBackpropFilter : tf.Conv2DBackpropFilter;
    return plain(name, inputs, { filterShape });
  },
);

// --- internal ---

/** Places before and behind, along both axes. */
type Sides = readonly [rows: readonly [number, number], columns: readonly [number, number]];

interface Split {
  readonly dilation: DilationAttrs['dilation'];
  /** Zeros around what is convolved, and what makes the dilation divide its sides. */
  readonly around: Sides;
  /** The latter alone: around what comes out. */
  readonly behind: Sides;
}

function splitOf(
  [, height, width]: readonly number[],
  [rows, columns]: readonly number[],
  dilation: number,
): Split {
  const more = (length: number): number => Math.ceil(length / dilation) * dilation - length;
  const reach = (taps: number): number => dilation * ((taps - 1) / 2);
  return {
    dilation,
    around: [
      [reach(rows), reach(rows) + more(height)],
      [reach(columns), reach(columns) + more(width)],
    ],
    behind: [
      [0, more(height)],
      [0, more(width)],
    ],
  };
}

/** [B,H,W,C] → [d²·B,(H + sides)/d,(W + sides)/d,C] */
function scatter(x: tf.TensorInfo, { dilation }: Split, sides: Sides): tf.Tensor {
  return call('SpaceToBatchND', typesOf(x, 'Tpaddings'), x, blockOf(dilation), pairs(sides));
}

/** The other way round: the sides are cut off. */
function gather(y: tf.TensorInfo, { dilation }: Split, sides: Sides): tf.Tensor {
  return call('BatchToSpaceND', typesOf(y, 'Tcrops'), y, blockOf(dilation), pairs(sides));
}

function typesOf(x: tf.TensorInfo, sides: 'Tpaddings' | 'Tcrops') {
  return { T: attr.type(x.dtype), Tblock_shape: attr.type('int32'), [sides]: attr.type('int32') };
}

const blockOf = (dilation: number): tf.Tensor => tf.tensor1d([dilation, dilation], 'int32');
const pairs = (sides: Sides): tf.Tensor => tf.tensor2d(sides.flat(), [2, 2], 'int32');

/** One of tf.js's convolutions at stride 1, without padding. */
function plain(name: string, inputs: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap = {}): tf.Tensor {
  const fixed = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1] };
  return tf.engine().runKernel(name, inputs as tf.NamedTensorMap, { ...fixed, ...attrs });
}
