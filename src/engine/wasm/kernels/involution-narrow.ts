import type { InvolutionAttrs } from '../../kernels/involution.js';
import type { WasmBackend } from '../backend.js';
import { roundUp } from './parts/gemm.js';
import { ELEMENTS_PER_ITEM, itemsOf } from './kernel.js';

/** Where x or dX, kernel or dKernel, and y or dy lie. */
export interface Addresses {
  readonly x: number;
  readonly kernel: number;
  readonly y: number;
}

export type Mode = 'forward' | 'input' | 'kernel';
type Sizes = readonly [batch: number, height: number, width: number, channels: number];

const ROUTINES = {
  forward: 'involutionNarrow',
  input: 'involutionNarrowInput',
  kernel: 'involutionNarrowKernel',
} as const;
/** Pieces of work of the gradient to the input, by images and by channels. */
const INPUT_ITEMS = 8;

/** Involution whose groups are single channels. */
export function runNarrow(
  backend: WasmBackend,
  mode: Mode,
  { x, kernel, y }: Addresses,
  [batch, height, width, channels]: Sizes,
  [outH, outW]: readonly [number, number],
  { kernelSize, stride, dilation }: InvolutionAttrs,
): void {
  const taps = kernelSize ** 2;
  const pixels = batch * outH * outW;
  const blockPixels = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / (channels * taps)));
  const blockC = roundUp(Math.ceil((channels * 4) / Math.ceil(INPUT_ITEMS / batch)), 64);
  const items =
    mode === 'input' ? batch * Math.ceil((channels * 4) / blockC) : Math.ceil(pixels / blockPixels);
  const scratchBytes = roundUp(channels * 4 + 80 + 4 * taps, 64) + 64;
  backend.scratch(backend.pool.threads * scratchBytes, (scratch) => {
    const sizes = [batch, height, width, channels, kernelSize, stride, dilation, outH, outW];
    const args = [x, kernel, y, ...sizes, mode === 'input' ? blockC : blockPixels, scratch, scratchBytes];
    backend.pool.run(ROUTINES[mode], items, ...args);
  });
}

/** Involution with a window of one place at stride 1: each group of channels times its number. */
export function runPointwise(
  backend: WasmBackend,
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
    const [a, b, to] = { forward: [x, kernel, y], input: [y, kernel, x], kernel: [x, y, kernel] }[mode];
    backend.pool.run('mul', itemsOf(rows), a, b, to, rows);
    return;
  }
  if (mode === 'kernel') {
    backend.pool.run('dotRows', items, x, y, kernel, rows, depth, blockRows);
    return;
  }
  const [from, to] = mode === 'forward' ? [x, y] : [y, x];
  const along = [1, 1, rows, depth, 0, 0, depth, 1, 0, 0, 1, 0];
  backend.pool.run('mulBroadcast', items, from, kernel, to, ...along, blockRows);
}
