import { pad, reshape, slice, type Tensor, type Tensor3D } from '../../engine/tf.js';

/**
 * Logits by offset as logits by key: [M,L,2L−1], entry t of a query at place i that of the offset t − (L−1), → [M,L,L],
 * out[i,j] = in[i, j − i + L − 1]. A column closes each row to 2L; read in rows of 2L − 1, each starts one place further
 * on. So the offsets of N places need their 2L − 1 products only, and no table [N,N,d] is made of them.
 */
export function byKey(logits: Tensor3D): Tensor3D {
  const [lines, length, offsets] = logits.shape;
  const closed = pad(logits, [
    [0, 0],
    [0, 0],
    [0, 1],
  ]);
  const flat: Tensor = pad(reshape(closed, [lines, 2 * length ** 2]), [
    [0, 0],
    [0, length - 1],
  ]);
  const shifted = reshape(flat, [lines, length + 1, offsets]) as Tensor3D;
  return slice(shifted, [0, 0, length - 1], [lines, length, length]);
}
