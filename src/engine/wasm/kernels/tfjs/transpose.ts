import { type TensorInfo, Transpose, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { copyByTables, stridesOf, wholeAxis } from '../parts/axis-maps.js';
import { hasWords } from '../parts/copies.js';
import { kernel } from '../kernel.js';

/** Rows of a matrix that are turned at a time, and values of one piece of work. */
const BLOCK_ROWS = 64;
const VALUES_PER_ITEM = 16384;
/** Places that a table should not have more of. */
const LONG_TABLE = 4096;

/** The same permutation of as few axes as possible: those of length 1 go, and those that stay neighbours are one. */
function collapse(shape: readonly number[], perm: readonly number[]): { shape: number[]; perm: number[] } {
  const order = perm.filter((axis) => shape[axis] !== 1);
  const longer = [...order].sort((a, b) => a - b);
  const groups: number[][] = [];
  for (const axis of order) {
    const last = groups.at(-1);
    const isNext = last && longer.indexOf(axis) === longer.indexOf(last[last.length - 1]) + 1;
    if (isNext) last.push(axis);
    else groups.push([axis]);
  }
  const inOrder = [...groups].sort(([a], [b]) => a - b);
  return {
    shape: inOrder.map((group) => group.reduce((product, axis) => product * shape[axis], 1)),
    perm: groups.map((group) => inOrder.indexOf(group)),
  };
}

/** Places along an axis, and how many values it is from one to the next. */
interface Axis {
  readonly length: number;
  readonly stride: number;
}

/** Axes whose tables of places are short: long ones in two, as long as there are fewer than three. */
function withShortTables(axes: readonly Axis[]): readonly Axis[] {
  const longest = Math.max(...axes.map(({ length }) => length));
  if (axes.length >= 3 || longest <= LONG_TABLE) return axes;
  let inner = Math.floor(Math.sqrt(longest));
  while (longest % inner !== 0) inner--;
  if (inner === 1) return axes;
  const at = axes.findIndex(({ length }) => length === longest);
  const { stride } = axes[at];
  const halves = [
    { length: longest / inner, stride: stride * inner },
    { length: inner, stride },
  ];
  return withShortTables(axes.toSpliced(at, 1, ...halves));
}

function transpose(backend: WasmBackend, x: TensorInfo, out: TensorInfo, perm: readonly number[]): void {
  const { shape, perm: order } = collapse(x.shape, perm);
  const rank = shape.length;
  const strides = stridesOf(shape);
  const [from, to] = [backend.pointer(x), backend.pointer(out)];
  if (order[rank - 1] === rank - 1) {
    const axes = order.slice(0, -1).map((axis) => ({ length: shape[axis], stride: strides[axis] }));
    const tables = withShortTables(axes).map(({ length, stride }) =>
      Array.from({ length }, (_, i) => i * stride),
    );
    copyByTables(backend, from, to, tables, wholeAxis(shape[rank - 1]));
    return;
  }
  const toStrides = stridesOf(order.map((axis) => shape[axis]));
  // The axis that becomes the last one gives the rows of the matrices to be turned, the last one their columns.
  const rowAxis = order[rank - 1];
  const [rows, columns] = [shape[rowAxis], shape[rank - 1]];
  const others = order
    .map((axis, i) => ({ axis, numbers: [shape[axis], strides[axis], toStrides[i]] as const }))
    .filter(({ axis }) => axis !== rowAxis && axis !== rank - 1)
    .map(({ numbers }) => numbers);
  const [[n0, s0, t0], [n1, s1, t1], [n2, s2, t2]] = [[1, 0, 0], [1, 0, 0], [1, 0, 0], ...others].slice(-3);
  const blocks = n0 * n1 * n2 * Math.ceil(rows / BLOCK_ROWS);
  const perItem = Math.max(1, Math.floor(VALUES_PER_ITEM / (Math.min(rows, BLOCK_ROWS) * columns)));
  // More axes than three are rare and short: a call for each of their places.
  const begins = others
    .slice(0, -3)
    .reduce<(readonly [number, number])[]>(
      (places, [length, source, target]) =>
        places.flatMap(([a, b]) =>
          Array.from({ length }, (_, i) => [a + i * source * 4, b + i * target * 4] as const),
        ),
      [[from, to]],
    );
  for (const [source, target] of begins)
    backend.routines.transposeBlocks({
      items: Math.ceil(blocks / perItem),
      from: source,
      to: target,
      n0,
      s0,
      t0,
      n1,
      s1,
      t1,
      n2,
      s2,
      t2,
      rows,
      columns,
      fromStride: strides[rowAxis] * 4,
      toStride: toStrides[order.indexOf(rank - 1)] * 4,
      blockRows: BLOCK_ROWS,
      perItem,
    });
}

export const transposeKernels = [
  kernel<{ perm: number[] }>(Transpose, (backend, { x }, { perm }) => {
    if (!hasWords(x)) return undefined;
    const shape = perm.map((axis) => x.shape[axis]);
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || axis > moved[i - 1])) return backend.alias(x, shape);
    const out = backend.output(shape, x.dtype);
    if (util.sizeFromShape(shape) > 0) transpose(backend, x, out, perm);
    return out;
  }),
];
