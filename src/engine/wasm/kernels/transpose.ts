import { type TensorInfo, Transpose, util } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../backend.js';
import { copyByTables, stridesOf, wholeAxis } from './axis-maps.js';
import { hasWords } from './copies.js';
import { kernel } from './kernel.js';

/** Rows of a matrix that are turned at a time, and values of one piece of work. */
const BLOCK_ROWS = 64;
const VALUES_PER_ITEM = 16384;

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

/** Every sum of one number of each list, in order. */
function sums(lists: readonly (readonly number[])[]): number[] {
  return lists.reduce<number[]>((all, list) => all.flatMap((a) => list.map((b) => a + b)), [0]);
}

const steps = (length: number, stride: number): number[] => Array.from({ length }, (_, i) => i * stride);

function transpose(backend: WasmBackend, x: TensorInfo, out: TensorInfo, perm: readonly number[]): void {
  const collapsed = collapse(x.shape, perm);
  const { shape } = collapsed;
  const order = collapsed.perm;
  const rank = shape.length;
  const strides = stridesOf(shape);
  const toShape = order.map((axis) => shape[axis]);
  const toStrides = stridesOf(toShape);
  const [from, to] = [backend.pointer(x), backend.pointer(out)];
  if (order[rank - 1] === rank - 1) {
    const tables = order.slice(0, -1).map((axis) => steps(shape[axis], strides[axis]));
    copyByTables(backend, from, to, tables, wholeAxis(shape[rank - 1]));
    return;
  }
  // The axis that becomes the last one gives the rows of the matrices to be turned, the last one their columns.
  const rowAxis = order[rank - 1];
  const columnAt = order.indexOf(rank - 1);
  const [rows, columns] = [shape[rowAxis], shape[rank - 1]];
  const others = order.filter((axis) => axis !== rowAxis && axis !== rank - 1);
  const sources = sums(others.map((axis) => steps(shape[axis], strides[axis])));
  const targets = sums(others.map((axis) => steps(shape[axis], toStrides[order.indexOf(axis)])));
  const blocks = Math.ceil(rows / BLOCK_ROWS);
  const perItem = Math.max(1, Math.floor(VALUES_PER_ITEM / (Math.min(rows, BLOCK_ROWS) * columns)));
  backend.withNumbers(Int32Array.from(sources.flatMap((source, i) => [source, targets[i]])), (pairs) => {
    const strideBytes = [strides[rowAxis] * 4, toStrides[columnAt] * 4];
    const args = [from, to, pairs, sources.length, rows, columns, ...strideBytes, BLOCK_ROWS, perItem];
    backend.pool.run('transposeBlocks', Math.ceil((sources.length * blocks) / perItem), ...args);
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
