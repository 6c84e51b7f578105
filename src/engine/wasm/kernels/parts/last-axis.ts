import { type TensorInfo, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { ELEMENTS_PER_ITEM } from '../kernel.js';

/** Rows of the last axis of `like`, block by block. */
export function overRows(
  backend: WasmBackend,
  routine: string,
  inputs: readonly TensorInfo[],
  shape: readonly number[],
): TensorInfo {
  const out = backend.output(shape);
  const count = shape[shape.length - 1];
  const rows = util.sizeFromShape(shape as number[]) / Math.max(1, count);
  if (rows * count === 0) return out;
  const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / count));
  const pointers = [...inputs, out].map((tensor) => backend.pointer(tensor));
  backend.pool.run(routine, Math.ceil(rows / blockRows), ...pointers, rows, count, blockRows);
  return out;
}
