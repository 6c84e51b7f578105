import { util } from '../../../tf-core.js';
import { ELEMENTS_PER_ITEM } from '../kernel.js';

/** Rows of the last axis of a shape, in pieces of work of `blockRows`: as routines of rows take them. */
export function rowsOf(shape: readonly number[]) {
  const count = shape[shape.length - 1];
  const rows = util.sizeFromShape(shape as number[]) / Math.max(1, count);
  const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / count));
  return { items: Math.ceil(rows / blockRows), rows, count, blockRows };
}
