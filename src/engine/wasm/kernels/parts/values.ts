import { type TensorInfo, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import type { RoutineTaking } from '../../routines.js';
import { isFloat, itemsOf, kernel } from '../kernel.js';

export const sizeOf = (tensor: TensorInfo): number => util.sizeFromShape(tensor.shape);

/** A function of each value of `x`; nothing where they are not floats. */
export function overValues(
  backend: WasmBackend,
  routine: RoutineTaking<'from' | 'to' | 'count'>,
  x: TensorInfo,
): TensorInfo | undefined {
  if (!isFloat(x)) return undefined;
  const out = backend.output(x.shape);
  const count = sizeOf(x);
  const [from, to] = [backend.pointer(x), backend.pointer(out)];
  backend.routines[routine]({ items: itemsOf(count), from, to, count });
  return out;
}

/** A kernel of tf.js's that is a function of each value of `x`. */
export function unary(name: string, routine: RoutineTaking<'from' | 'to' | 'count'>) {
  return kernel(name, (backend, { x }) => overValues(backend, routine, x));
}

/** A function of each pair of values of two tensors, or of one value and each of a tensor. */
export function pairs(
  backend: WasmBackend,
  routine: RoutineTaking<'a' | 'b' | 'to' | 'count'>,
  a: TensorInfo,
  b: TensorInfo,
  shape: readonly number[],
): TensorInfo {
  const out = backend.output(shape);
  const count = sizeOf(out);
  const [from, by, to] = [backend.pointer(a), backend.pointer(b), backend.pointer(out)];
  backend.routines[routine]({ items: itemsOf(count), a: from, b: by, to, count });
  return out;
}

/**
 * A function of each pair of values of a gradient and of what it goes back through, of one shape; nothing where they are
 * not floats.
 */
export function overPairs(
  backend: WasmBackend,
  routine: RoutineTaking<'dy' | 'y' | 'to' | 'count'>,
  dy: TensorInfo,
  y: TensorInfo,
): TensorInfo | undefined {
  if (!isFloat(dy, y)) return undefined;
  const out = backend.output(dy.shape);
  const count = sizeOf(out);
  const [gradient, at, to] = [backend.pointer(dy), backend.pointer(y), backend.pointer(out)];
  backend.routines[routine]({ items: itemsOf(count), dy: gradient, y: at, to, count });
  return out;
}
