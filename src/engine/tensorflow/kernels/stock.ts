/** TensorFlow's own operations under short names, for kernels that put them together. */
import * as tf from '../../tf-core.js';
import { attr, type AttributeValue } from '../attributes.js';
import { executeOp } from '../execute-op.js';

type Info = tf.TensorInfo;

/** An operation of one output. */
export function call(
  name: string,
  attributes: Readonly<Record<string, AttributeValue>>,
  ...inputs: readonly Info[]
): tf.Tensor {
  return executeOp(name, attributes, inputs, 1)[0];
}

/** An operation whose only attribute is the type of its inputs. */
function simple(name: string, ...inputs: readonly Info[]): tf.Tensor {
  return call(name, { T: attr.type(inputs[0].dtype) }, ...inputs);
}

export const mul = (a: Info, b: Info): tf.Tensor => simple('Mul', a, b);
export const add = (a: Info, b: Info): tf.Tensor => simple('AddV2', a, b);
export const sub = (a: Info, b: Info): tf.Tensor => simple('Sub', a, b);
export const div = (a: Info, b: Info): tf.Tensor => simple('RealDiv', a, b);
export const sqrt = (x: Info): tf.Tensor => simple('Sqrt', x);
export const square = (x: Info): tf.Tensor => simple('Square', x);
export const identity = (x: Info): tf.Tensor => simple('Identity', x);
export const sigmoid = (x: Info): tf.Tensor => simple('Sigmoid', x);
export const relu = (x: Info): tf.Tensor => simple('Relu', x);
/** dy where y is positive, else 0. */
export const reluGrad = (dy: Info, y: Info): tf.Tensor => simple('ReluGrad', dy, y);
/** dy·y·(1 − y). */
export const sigmoidGrad = (y: Info, dy: Info): tf.Tensor => simple('SigmoidGrad', y, dy);
export const softmax = (logits: Info): tf.Tensor => simple('Softmax', logits);
export const addN = (terms: readonly Info[]): tf.Tensor =>
  call('AddN', { T: attr.type('float32'), N: attr.int(terms.length) }, ...terms);

/** A constant. */
export const number = (value: number): tf.Tensor => tf.scalar(value, 'float32');
export const integer = (value: number): tf.Tensor => tf.scalar(value, 'int32');
export const integers = (values: readonly number[]): tf.Tensor => tf.tensor1d([...values], 'int32');

export function reshape(x: Info, shape: readonly number[]): tf.Tensor {
  return call('Reshape', { T: attr.type(x.dtype), Tshape: attr.type('int32') }, x, integers(shape));
}

/** [B,C] → [B,1,1,C]. */
export function overImages(x: Info): tf.Tensor {
  return reshape(x, [x.shape[0], 1, 1, x.shape[1]]);
}

/** Sum over axes. */
export function sum(x: Info, axes: readonly number[], keepDims = false): tf.Tensor {
  return call('Sum', reduction(keepDims), x, integers(axes));
}

export function mean(x: Info, axes: readonly number[], keepDims = false): tf.Tensor {
  return call('Mean', reduction(keepDims), x, integers(axes));
}

export function broadcastTo(x: Info, shape: readonly number[]): tf.Tensor {
  return call('BroadcastTo', { T: attr.type(x.dtype), Tidx: attr.type('int32') }, x, integers(shape));
}

/** Pads with `value`, 0 where not given. */
export function pad(x: Info, paddings: readonly (readonly [number, number])[], value = 0): tf.Tensor {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return asTensor(x);
  const places = tf.tensor2d(paddings.flat(), [paddings.length, 2], 'int32');
  return call('PadV2', { T: attr.type(x.dtype), Tpaddings: attr.type('int32') }, x, places, number(value));
}

export function slice(x: Info, begin: readonly number[], size: readonly number[]): tf.Tensor {
  if (begin.every((at) => at === 0) && size.every((length, axis) => length === x.shape[axis]))
    return asTensor(x);
  const attributes = { T: attr.type(x.dtype), Index: attr.type('int32') };
  return call('Slice', attributes, x, integers(begin), integers(size));
}

/** Every `strides[axis]`-th value from `begin` on, `size` of them. */
export function stridedSlice(
  x: Info,
  begin: readonly number[],
  size: readonly number[],
  strides: readonly number[],
): tf.Tensor {
  if (strides.every((stride) => stride === 1)) return slice(x, begin, size);
  const end = begin.map((at, axis) => at + (size[axis] - 1) * strides[axis] + 1);
  const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'];
  return call(
    'StridedSlice',
    {
      T: attr.type(x.dtype),
      Index: attr.type('int32'),
      ...Object.fromEntries(masks.map((mask) => [mask, attr.int(0)])),
    },
    ...[x, integers(begin), integers(end), integers(strides)],
  );
}

export function transpose(x: Info, perm: readonly number[]): tf.Tensor {
  return call('Transpose', { T: attr.type(x.dtype), Tperm: attr.type('int32') }, x, integers(perm));
}

export function concat(parts: readonly Info[], axis: number): tf.Tensor {
  if (parts.length === 1) return asTensor(parts[0]);
  const attributes = {
    N: attr.int(parts.length),
    T: attr.type(parts[0].dtype),
    Tidx: attr.type('int32'),
  };
  return call('ConcatV2', attributes, ...parts, integer(axis));
}

/** Products of the last two axes for every place of those before; either operand turned where asked for. */
export function matMul(a: Info, b: Info, turnA = false, turnB = false): tf.Tensor {
  return call(
    'BatchMatMulV2',
    { T: attr.type('float32'), adj_x: attr.bool(turnA), adj_y: attr.bool(turnB) },
    a,
    b,
  );
}

/** The product of two matrices. */
export function matMul2d(a: Info, b: Info, turnA = false, turnB = false): tf.Tensor {
  const attributes = {
    T: attr.type('float32'),
    transpose_a: attr.bool(turnA),
    transpose_b: attr.bool(turnB),
  };
  return call('MatMul', attributes, a, b);
}

/** The tensor itself, as one that the caller may return. */
export function asTensor(x: Info): tf.Tensor {
  return call('Identity', { T: attr.type(x.dtype) }, x);
}

/** Gives a tensor whose shape a graph cannot know the shape that it has. */
export function ensureShape(x: Info, shape: readonly number[]): tf.Tensor {
  return call('EnsureShape', { T: attr.type(x.dtype), shape: attr.shape(shape) }, x);
}

// --- internal ---

function reduction(keepDims: boolean): Readonly<Record<string, AttributeValue>> {
  return { T: attr.type('float32'), Tidx: attr.type('int32'), keep_dims: attr.bool(keepDims) };
}
