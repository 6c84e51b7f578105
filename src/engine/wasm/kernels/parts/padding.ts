import type { WasmBackend } from '../../backend.js';

/** Channels that a vector kernel sees for `channels`: the next multiple of 4. */
export function paddedChannels(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

const ROWS_PER_ITEM = 1024;

/** Copies rows of `width` values to rows of `toWidth`: zeros behind, or cut off. */
export function resizeRows(
  { routines }: WasmBackend,
  from: number,
  to: number,
  rows: number,
  width: number,
  toWidth: number,
): void {
  routines.resizeRows({ items: Math.ceil(rows / ROWS_PER_ITEM), from, to, rows, width, toWidth });
}

export interface Rows {
  readonly pointer: number;
  readonly rows: number;
  readonly channels: number;
}

/**
 * Routines that work on vectors of 4 channels need a multiple of 4. Calls `use` with the addresses of the inputs and
 * outputs, under their names: of themselves where that is so, else of copies with zeros behind each row; the outputs are
 * copied back.
 */
export function withPadding<I extends string, O extends string>(
  backend: WasmBackend,
  inputs: Readonly<Record<I, Rows>>,
  outputs: Readonly<Record<O, Rows>>,
  use: (at: Readonly<Record<I | O, number>>) => void,
): void {
  const given = Object.entries<Rows>(inputs);
  const made = Object.entries<Rows>(outputs);
  const at: Record<string, number> = {};
  const copies: number[] = [];
  const needsCopy = ({ channels }: Rows) => channels % 4 !== 0;
  try {
    for (const [name, each] of [...given, ...made]) {
      at[name] = each.pointer;
      if (!needsCopy(each)) continue;
      at[name] = backend.allocate(each.rows * paddedChannels(each.channels) * 4);
      copies.push(at[name]);
    }
    for (const [name, { pointer, rows, channels }] of given)
      if (pointer !== at[name])
        resizeRows(backend, pointer, at[name], rows, channels, paddedChannels(channels));
    use(at as Record<I | O, number>);
    for (const [name, { pointer, rows, channels }] of made)
      if (pointer !== at[name])
        resizeRows(backend, at[name], pointer, rows, paddedChannels(channels), channels);
  } finally {
    for (const pointer of copies) backend.free(pointer);
  }
}
