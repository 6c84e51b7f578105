import { type TensorInfo, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import type { RoutineTaking } from '../../routines.js';
import { isFloat, itemsOf, kernel } from '../kernel.js';

export const sizeOf = (tensor: TensorInfo): number => util.sizeFromShape(tensor.shape);

/** A function of each value of `x`. */
export function unary(name: string, routine: RoutineTaking<'from' | 'to' | 'count'>) {
  return kernel(name, (backend, { x }) => {
    if (!isFloat(x)) return undefined;
    const out = backend.output(x.shape);
    const count = sizeOf(x);
    const [from, to] = [backend.pointer(x), backend.pointer(out)];
    backend.routines[routine]({ items: itemsOf(count), from, to, count });
    return out;
  });
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

/** Two tensors of one shape, under the names that the contract gives them. */
export function pairwise(
  name: string,
  routine: RoutineTaking<'dy' | 'y' | 'to' | 'count'>,
  second: 'x' | 'y',
) {
  return kernel(name, (backend, inputs) => {
    if (!isFloat(inputs.dy, inputs[second])) return undefined;
    const out = backend.output(inputs.dy.shape);
    const count = sizeOf(out);
    const [dy, y, to] = [inputs.dy, inputs[second], out].map((tensor) => backend.pointer(tensor));
    backend.routines[routine]({ items: itemsOf(count), dy, y, to, count });
    return out;
  });
}
