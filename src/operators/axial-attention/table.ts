import {
  add,
  concat,
  pad,
  reshape,
  reverse,
  slice,
  zeros,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '../../engine/tf.js';

/**
 * A table of relative positions [T, d], T odd, entry (T − 1)/2 that of offset 0, cut or padded with zeros to the
 * offsets −reach … reach: [2·reach + 1, d].
 */
export function centred(table: Tensor2D, reach: number): Tensor2D {
  const [entries, width] = table.shape;
  const before = (entries - 1) / 2 - reach;
  if (before >= 0) return slice(table, [before, 0], [2 * reach + 1, width]);
  return pad(table, [
    [-before, -before],
    [0, 0],
  ]);
}

/**
 * A table over the offsets −(L−1) … L−1, [2L−1, d], as the matrix of its rows by two places: E[i,j] = R[i − j],
 * [L, L, d]. A row of zeros closes the table to a ring of 2L rows; laid out L times behind one another and read in
 * lines of 2L − 1, each line starts one place further back in the ring. Unlike an index that picks rows out, this
 * has a gradient that is a sum.
 */
export function byTwoPlaces(table: Tensor2D): Tensor3D {
  const [entries, width] = table.shape;
  const length = (entries + 1) / 2;
  const backwards = reverse(table, 0);
  const ring = concat([
    slice(backwards, [length - 1, 0], [length, width]),
    zeros([1, width]) as Tensor2D,
    slice(backwards, [0, 0], [length - 1, width]),
  ]);
  const repeated: Tensor = add(reshape(ring, [1, 2 * length, width]), zeros([length, 1, 1]));
  const all = reshape(repeated, [2 * length * length, width]) as Tensor2D;
  const lines = reshape(slice(all, [0, 0], [length * entries, width]), [length, entries, width]) as Tensor3D;
  return slice(lines, [0, 0, 0], [length, length, width]);
}
