import { type TensorInfo, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { isFloat, itemsOf, kernel } from '../kernel.js';

export const sizeOf = (tensor: TensorInfo): number => util.sizeFromShape(tensor.shape);

/** A function of each value of `x`. */
export function unary(name: string, routine: string) {
  return kernel(name, (backend, { x }) => {
    if (!isFloat(x)) return undefined;
    const out = backend.output(x.shape);
    const count = sizeOf(x);
    backend.pool.run(routine, itemsOf(count), backend.pointer(x), backend.pointer(out), count);
    return out;
  });
}

/** A function of each pair of values at the same place. */
export function sameShaped(backend: WasmBackend, routine: string, a: TensorInfo, b: TensorInfo): TensorInfo {
  const out = backend.output(a.shape);
  const count = sizeOf(a);
  backend.pool.run(
    routine,
    itemsOf(count),
    backend.pointer(a),
    backend.pointer(b),
    backend.pointer(out),
    count,
  );
  return out;
}

/** Two tensors of one shape, under the names that the contract gives them. */
export function pairwise(name: string, routine: string, second: 'x' | 'y') {
  return kernel(name, (backend, inputs) =>
    isFloat(inputs.dy, inputs[second]) ? sameShaped(backend, routine, inputs.dy, inputs[second]) : undefined,
  );
}
