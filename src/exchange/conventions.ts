import type { OwnWeight } from './own-weights.js';

/** Numbers and their shape, off any engine. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** How others lay out what we lay out our way. */
export interface Convention {
  /** A weight of ours as they store it. */
  readonly to: (weight: OwnWeight, data: Float32Array) => Numbers;
  /** The shape in which they store it. */
  readonly shapeOf: (weight: OwnWeight) => readonly number[];
  /** A stored one of that shape, as ours. */
  readonly from: (weight: OwnWeight, data: Float32Array) => Float32Array;
}

/**
 * PyTorch's: kernels of convolutions [F,C,kh,kw], of depthwise ones [C·m,1,kh,kw], and matrices [out,in]. Ours are
 * [kh,kw,C,F], [kh,kw,C,m] and [in,out].
 */
export const torch: Convention = {
  to: (weight, data) => ({
    shape: torch.shapeOf(weight),
    data: permuted(data, weight.shape, torchOrder(weight)),
  }),
  shapeOf: ({ shape, outputAxes }) => {
    if (shape.length === 2) return [shape[1], shape[0]];
    if (shape.length !== 4) return shape;
    const [rows, columns, from, to] = shape;
    return outputAxes === 2 ? [from * to, 1, rows, columns] : [to, from, rows, columns];
  },
  from: (weight, data) => {
    const order = torchOrder(weight);
    const there = order.map((axis) => weight.shape[axis]);
    return permuted(
      data,
      there,
      weight.shape.map((_, axis) => order.indexOf(axis)),
    );
  },
};

/** Keras's, which is ours. */
export const keras: Convention = {
  to: ({ shape }, data) => ({ shape, data }),
  shapeOf: ({ shape }) => shape,
  from: (_, data) => data,
};

/** What an array of this shape is with its axes in another order: axis i of the result is axis `order[i]`. */
export function permuted(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  if (order.every((axis, i) => axis === i)) return data;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const out = new Float32Array(data.length);
  const at = sizes.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from];
    // Counts up like an odometer.
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++at[axis] < sizes[axis]) break;
      from -= steps[axis] * sizes[axis];
      at[axis] = 0;
    }
  }
  return out;
}

// --- internal ---

/** Our axes in the order of theirs. */
function torchOrder({ shape, outputAxes }: OwnWeight): readonly number[] {
  if (shape.length === 2) return [1, 0];
  if (shape.length !== 4) return shape.map((_, axis) => axis);
  return outputAxes === 2 ? [2, 3, 0, 1] : [3, 2, 0, 1];
}
