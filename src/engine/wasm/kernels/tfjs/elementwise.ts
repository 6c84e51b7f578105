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
import { scaleChannels } from '../channel-scale.js';
import { ELEMENTS_PER_ITEM, isFloat, itemsOf, kernel, sameShape } from '../kernel.js';
import { sameShaped, sizeOf, unary } from '../parts/values.js';
import { broadcast } from './broadcast.js';

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

function perChannel(backend: WasmBackend, routine: string, a: TensorInfo, b: TensorInfo): TensorInfo {
  const out = backend.output(a.shape);
  const channels = a.shape[a.shape.length - 1];
  const rows = sizeOf(a) / Math.max(1, channels);
  const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / Math.max(1, channels)));
  const pointers = [backend.pointer(a), backend.pointer(b), backend.pointer(out)];
  backend.pool.run(`${routine}Channels`, Math.ceil(rows / blockRows), ...pointers, rows, channels, blockRows);
  return out;
}

/** Same shapes, one value, one value a channel, and every other broadcast. */
function binary(name: string, routine: string, isCommutative: boolean) {
  return kernel(name, (backend, { a, b }) => {
    if (!isFloat(a, b)) return undefined;
    if (sameShape(a, b)) return sameShaped(backend, routine, a, b);
    if (sizeOf(a) === 0 || sizeOf(b) === 0) return undefined;
    if (sizeOf(a) === 1 || sizeOf(b) === 1) {
      const out = backend.output(backend_util.assertAndGetBroadcastShape(a.shape, b.shape));
      const count = sizeOf(out);
      const which = sizeOf(b) === 1 ? `${routine}Value` : `${routine}ToValue`;
      const pointers = [backend.pointer(a), backend.pointer(b), backend.pointer(out)];
      backend.pool.run(which, itemsOf(count), ...pointers, count);
      return out;
    }
    if (isPerChannel(a, b)) return perChannel(backend, routine, a, b);
    if (isCommutative && isPerChannel(b, a)) return perChannel(backend, routine, b, a);
    if (routine === 'mul' && isPerImage(a, b)) return scaleChannels(backend, a, b);
    if (routine === 'mul' && isPerImage(b, a)) return scaleChannels(backend, b, a);
    return broadcast(backend, routine, a, b);
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
  binary(Add, 'add', true),
  binary(Sub, 'sub', false),
  binary(Multiply, 'mul', true),
  binary(RealDiv, 'div', false),
  binary(Maximum, 'maximum', true),
  binary(Minimum, 'minimum', true),
  binary(SquaredDifference, 'squaredDifference', true),

  kernel(AddN, (backend, inputs) => {
    const [first, ...others] = Object.values(inputs);
    if (others.length === 0 || !isFloat(first, ...others)) return undefined;
    if (!others.every((other) => sameShape(first, other))) return undefined;
    const out = backend.output(first.shape);
    const count = sizeOf(first);
    const to = backend.pointer(out);
    let sum = backend.pointer(first);
    for (const other of others) {
      backend.pool.run('add', itemsOf(count), sum, backend.pointer(other), to, count);
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
