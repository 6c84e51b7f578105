import { type InvolutionAttrs, zerosBefore } from '../../kernels/involution.js';
import type { WasmBackend } from '../backend.js';
import { ELEMENTS_PER_ITEM, itemsOf } from './kernel.js';
import { roundUp } from './parts/gemm.js';

/** Where x or dX, kernel or dKernel, and y or dy lie. */
export interface Addresses {
  readonly x: number;
  readonly kernel: number;
  readonly y: number;
}

export type Mode = 'forward' | 'input' | 'kernel';
type Sizes = readonly [batch: number, height: number, width: number, channels: number];

/** Pieces of work of the gradient to the input, by images and by channels. */
const INPUT_ITEMS = 8;

/** Involution whose groups are single channels. */
export function runNarrow(
  backend: WasmBackend,
  mode: Mode,
  { x, kernel, y }: Addresses,
  [batch, height, width, channels]: Sizes,
  [outH, outW]: readonly [number, number],
  attrs: InvolutionAttrs,
): void {
  const { kernelSize: size, stride, dilation } = attrs;
  const taps = size ** 2;
  const blockPixels = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / (channels * taps)));
  const items = Math.ceil((batch * outH * outW) / blockPixels);
  const scratchStride = roundUp(channels * 4 + 80 + 4 * taps, 64) + 64;
  const { routines } = backend;
  backend.scratch(backend.pool.threads * scratchStride, (scratch) => {
    const before = zerosBefore(attrs);
    const sizes = { batch, height, width, channels, size, stride, dilation, before, outH, outW };
    const memory = { scratch, scratchStride };
    switch (mode) {
      case 'forward':
        routines.involutionNarrow({ items, x, kernel, y, ...sizes, blockPixels, ...memory });
        break;
      case 'kernel':
        routines.involutionNarrowKernel({ items, x, kernel, dy: y, ...sizes, blockPixels, ...memory });
        break;
      case 'input': {
        const blockC = roundUp(Math.ceil((channels * 4) / Math.ceil(INPUT_ITEMS / batch)), 64);
        routines.involutionNarrowInput({
          items: batch * Math.ceil((channels * 4) / blockC),
          dx: x,
          kernel,
          dy: y,
          ...sizes,
          blockC,
          ...memory,
        });
      }
    }
  });
}

/** Involution with a window of one place at stride 1: each group of channels times its number. */
export function runPointwise(
  { routines }: WasmBackend,
  mode: Mode,
  { x, kernel, y }: Addresses,
  [batch, height, width, channels]: Sizes,
  groups: number,
): void {
  const rows = batch * height * width * groups;
  const depth = channels / groups;
  const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / depth));
  const items = Math.ceil(rows / blockRows);
  if (depth === 1) {
    const operands = {
      forward: { a: x, b: kernel, to: y },
      input: { a: y, b: kernel, to: x },
      kernel: { a: x, b: y, to: kernel },
    }[mode];
    routines.mul({ items: itemsOf(rows), ...operands, count: rows });
    return;
  }
  if (mode === 'kernel') {
    routines.dotRows({ items, a: x, b: y, to: kernel, rows, count: depth, blockRows });
    return;
  }
  const [from, to] = mode === 'forward' ? [x, y] : [y, x];
  routines.mulBroadcast({
    items,
    a: from,
    b: kernel,
    to,
    n0: 1,
    n1: 1,
    n2: rows,
    n: depth,
    a0: 0,
    a1: 0,
    a2: depth,
    ai: 1,
    b0: 0,
    b1: 0,
    b2: 1,
    bi: 0,
    blockRows,
  });
}
