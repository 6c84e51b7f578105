import type { WasmBackend } from '../../backend.js';

/** Channels that a vector kernel sees for `channels`: the next multiple of 4. */
export function paddedChannels(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

const ROWS_PER_ITEM = 1024;

/** Copies rows of `width` values to rows of `toWidth`: zeros behind, or cut off. */
export function resizeRows(
  { pool }: WasmBackend,
  from: number,
  to: number,
  rows: number,
  width: number,
  toWidth: number,
): void {
  pool.run('resizeRows', Math.ceil(rows / ROWS_PER_ITEM), from, to, rows, width, toWidth);
}

export interface Rows {
  readonly pointer: number;
  readonly rows: number;
  readonly channels: number;
}

/**
 * Kernels that work on vectors of 4 channels need a multiple of 4. Calls `use` with the addresses of
 * the inputs and outputs themselves where that is so, else of copies with zeros behind each row; the
 * outputs are copied back.
 */
export function withPadding(
  backend: WasmBackend,
  inputs: readonly Rows[],
  outputs: readonly Rows[],
  use: (...pointers: number[]) => void,
): void {
  const all = [...inputs, ...outputs];
  const needsCopy = ({ channels }: Rows) => channels % 4 !== 0;
  if (!all.some(needsCopy)) {
    use(...all.map(({ pointer }) => pointer));
    return;
  }
  const pointers: number[] = [];
  try {
    for (const each of all) {
      const bytes = each.rows * paddedChannels(each.channels) * 4;
      pointers.push(needsCopy(each) ? backend.allocate(bytes) : each.pointer);
    }
    inputs.forEach((each, i) => {
      if (!needsCopy(each)) return;
      resizeRows(backend, each.pointer, pointers[i], each.rows, each.channels, paddedChannels(each.channels));
    });
    use(...pointers);
    outputs.forEach((each, i) => {
      if (!needsCopy(each)) return;
      const from = pointers[inputs.length + i];
      resizeRows(backend, from, each.pointer, each.rows, paddedChannels(each.channels), each.channels);
    });
  } finally {
    pointers.forEach((pointer, i) => {
      if (needsCopy(all[i])) backend.free(pointer);
    });
  }
}
