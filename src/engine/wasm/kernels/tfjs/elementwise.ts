import {
  type TensorInfo,
  Abs,
  Add,
  AddN,
  Exp,
  Identity,
  Maximum,
  Minimum,
  Multiply,
  Neg,
  RealDiv,
  Relu,
  Reshape,
  Sigmoid,
  Sqrt,
  Square,
  SquaredDifference,
  Sub,
  backend_util,
  util,
} from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import type { RoutineTaking } from '../../routines.js';
import { scaleChannels } from '../channel-scale.js';
import { ELEMENTS_PER_ITEM, isFloat, itemsOf, kernel, sameShape } from '../kernel.js';
import { pairs, sizeOf, unary } from '../parts/values.js';
import { type BroadcastRoutine, broadcast } from './broadcast.js';

/** Whether `b` has one value for each channel (the last axis) of `a`, and `a` the shape of the result. */
function isPerChannel(a: TensorInfo, b: TensorInfo): boolean {
  const channels = a.shape[a.shape.length - 1];
  return (
    b.shape.length <= a.shape.length && sizeOf(b) === channels && b.shape[b.shape.length - 1] === channels
  );
}

/** Whether `b` [B,1,1,C] has one value for each channel of each image of `a` [B,H,W,C]. */
function isPerImage(a: TensorInfo, b: TensorInfo): boolean {
  const [batch, height, width, channels] = b.shape;
  const fits = a.shape.length === 4 && batch === a.shape[0] && channels === a.shape[3];
  return fits && b.shape.length === 4 && height === 1 && width === 1;
}

/** Routines of a function of two values. */
interface Binary {
  readonly same: RoutineTaking<'a' | 'b' | 'to' | 'count'>;
  /** The second operand is one value, the first one is, or the second has one value a channel. */
  readonly value: RoutineTaking<'a' | 'b' | 'to' | 'count'>;
  readonly toValue: RoutineTaking<'a' | 'b' | 'to' | 'count'>;
  readonly channels: RoutineTaking<'a' | 'b' | 'to' | 'rows' | 'channels' | 'blockRows'>;
  readonly broadcast: BroadcastRoutine;
  readonly isCommutative: boolean;
  /** One value for each channel of each image. */
  readonly perImage?: (backend: WasmBackend, a: TensorInfo, b: TensorInfo) => TensorInfo;
}

function perChannel(
  backend: WasmBackend,
  routine: Binary['channels'],
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo {
  const out = backend.output(a.shape);
  const channels = a.shape[a.shape.length - 1];
  const rows = sizeOf(a) / Math.max(1, channels);
  const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / Math.max(1, channels)));
  const [from, by, to] = [backend.pointer(a), backend.pointer(b), backend.pointer(out)];
  const items = Math.ceil(rows / blockRows);
  backend.routines[routine]({ items, a: from, b: by, to, rows, channels, blockRows });
  return out;
}

/** Same shapes, one value, one value a channel, and every other broadcast. */
function binary(name: string, routines: Binary) {
  const { isCommutative, perImage } = routines;
  return kernel(name, (backend, { a, b }) => {
    if (!isFloat(a, b)) return undefined;
    if (sameShape(a, b)) return pairs(backend, routines.same, a, b, a.shape);
    if (sizeOf(a) === 0 || sizeOf(b) === 0) return undefined;
    if (sizeOf(a) === 1 || sizeOf(b) === 1) {
      const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      return pairs(backend, sizeOf(b) === 1 ? routines.value : routines.toValue, a, b, shape);
    }
    if (isPerChannel(a, b)) return perChannel(backend, routines.channels, a, b);
    if (isCommutative && isPerChannel(b, a)) return perChannel(backend, routines.channels, b, a);
    if (perImage && isPerImage(a, b)) return perImage(backend, a, b);
    if (perImage && isPerImage(b, a)) return perImage(backend, b, a);
    return broadcast(backend, routines.broadcast, a, b);
  });
}

export const elementwiseKernels = [
  unary(Relu, 'relu'),
  unary(Sigmoid, 'sigmoid'),
  unary(Exp, 'exp'),
  unary(Neg, 'neg'),
  unary(Square, 'square'),
  unary(Sqrt, 'sqrt'),
  unary(Abs, 'abs'),
  binary(Add, {
    same: 'add',
    value: 'addValue',
    toValue: 'addToValue',
    channels: 'addChannels',
    broadcast: 'addBroadcast',
    isCommutative: true,
  }),
  binary(Sub, {
    same: 'sub',
    value: 'subValue',
    toValue: 'subToValue',
    channels: 'subChannels',
    broadcast: 'subBroadcast',
    isCommutative: false,
  }),
  binary(Multiply, {
    same: 'mul',
    value: 'mulValue',
    toValue: 'mulToValue',
    channels: 'mulChannels',
    broadcast: 'mulBroadcast',
    isCommutative: true,
    perImage: scaleChannels,
  }),
  binary(RealDiv, {
    same: 'div',
    value: 'divValue',
    toValue: 'divToValue',
    channels: 'divChannels',
    broadcast: 'divBroadcast',
    isCommutative: false,
  }),
  binary(Maximum, {
    same: 'maximum',
    value: 'maximumValue',
    toValue: 'maximumToValue',
    channels: 'maximumChannels',
    broadcast: 'maximumBroadcast',
    isCommutative: true,
  }),
  binary(Minimum, {
    same: 'minimum',
    value: 'minimumValue',
    toValue: 'minimumToValue',
    channels: 'minimumChannels',
    broadcast: 'minimumBroadcast',
    isCommutative: true,
  }),
  binary(SquaredDifference, {
    same: 'squaredDifference',
    value: 'squaredDifferenceValue',
    toValue: 'squaredDifferenceToValue',
    channels: 'squaredDifferenceChannels',
    broadcast: 'squaredDifferenceBroadcast',
    isCommutative: true,
  }),

  kernel(AddN, (backend, inputs) => {
    const [first, ...others] = Object.values(inputs);
    if (others.length === 0 || !isFloat(first, ...others)) return undefined;
    if (!others.every((other) => sameShape(first, other))) return undefined;
    const out = backend.output(first.shape);
    const count = sizeOf(first);
    const to = backend.pointer(out);
    let sum = backend.pointer(first);
    for (const other of others) {
      backend.routines.add({ items: itemsOf(count), a: sum, b: backend.pointer(other), to, count });
      sum = to;
    }
    return out;
  }),

  kernel(Identity, (backend, { x }) => (x.dtype === 'complex64' ? undefined : backend.alias(x))),
  kernel<{ shape: number[] }>(Reshape, (backend, { x }, { shape }) => {
    if (x.dtype === 'complex64') return undefined;
    const newShape = util.inferFromImplicitShape(shape, sizeOf(x));
    util.assert(
      util.sizeFromShape(newShape) === sizeOf(x),
      () => `A tensor of shape [${x.shape}] cannot take the shape [${newShape}].`,
    );
    return backend.alias(x, newShape);
  }),
];
