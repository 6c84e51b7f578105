import { type TensorInfo, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { type Inputs, itemsOf } from '../kernel.js';

/** Runs a kernel over the named inputs, into `outputs` new tensors of the shape of the first. */
export function update(
  backend: WasmBackend,
  routine: string,
  inputs: Inputs,
  names: readonly string[],
  outputs: number,
  numbers: readonly number[],
): TensorInfo[] {
  const { shape } = inputs[names[0]];
  const count = util.sizeFromShape(shape);
  const made = Array.from({ length: outputs }, () => backend.output(shape));
  const pointers = [...names.map((name) => inputs[name]), ...made].map((tensor) => backend.pointer(tensor));
  backend.pool.run(routine, itemsOf(count), ...pointers, count, ...numbers);
  return made;
}
