import { type TensorInfo, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { type Inputs, itemsOf } from '../kernel.js';

/** New values of tensors, by the names that the routine has for them. */
export type Made<O extends string> = Readonly<Record<O, TensorInfo>>;

/**
 * What a routine that updates value by value is given of `inputs` and of new tensors of one shape: the addresses by their
 * names, and how many values there are.
 */
export function updateOf<I extends string, O extends string>(
  backend: WasmBackend,
  inputs: Inputs,
  names: readonly I[],
  results: readonly O[],
) {
  const { shape } = inputs[names[0]];
  const count = util.sizeFromShape(shape);
  const made = Object.fromEntries(results.map((name) => [name, backend.output(shape)])) as Made<O>;
  const addresses = [
    ...names.map((name) => [name, backend.pointer(inputs[name])]),
    ...results.map((name) => [name, backend.pointer(made[name])]),
  ];
  const at = Object.fromEntries(addresses) as Readonly<Record<I | O, number>>;
  return { made, args: { items: itemsOf(count), count, ...at } };
}
