import type { TensorInfo } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';

/** Bytes that one piece of work copies. */
const BYTES_PER_ITEM = 65536;

/** Whether the values have 4 bytes, as the kernels that copy take for granted. */
export function hasWords(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === 'float32' || dtype === 'int32');
}

/** Rows of `width` values that one piece of work copies. */
export function rowsPerCopy(width: number): number {
  return Math.max(1, Math.floor(BYTES_PER_ITEM / 4 / Math.max(1, width)));
}

/** Where rows begin, and how many bytes they stand apart. */
export interface RowsAt {
  readonly pointer: number;
  readonly stride: number;
}

/** Copies `rows` rows of `size` bytes. */
export function copyRows(
  { routines }: WasmBackend,
  from: RowsAt,
  to: RowsAt,
  size: number,
  rows: number,
): void {
  if (size * rows === 0) return;
  const isDense = rows === 1 || (from.stride === size && to.stride === size);
  if (isDense && size * rows > BYTES_PER_ITEM) {
    const whole = Math.floor((size * rows) / BYTES_PER_ITEM);
    const copy = (at: number, size: number, count: number): void =>
      routines.copyRows({
        items: count,
        from: from.pointer + at,
        fromStride: size,
        to: to.pointer + at,
        toStride: size,
        size,
        rows: count,
        blockRows: 1,
      });
    copy(0, BYTES_PER_ITEM, whole);
    const rest = size * rows - whole * BYTES_PER_ITEM;
    if (rest > 0) copy(whole * BYTES_PER_ITEM, rest, 1);
    return;
  }
  const blockRows = rowsPerCopy(size / 4);
  routines.copyRows({
    items: Math.ceil(rows / blockRows),
    from: from.pointer,
    fromStride: from.stride,
    to: to.pointer,
    toStride: to.stride,
    size,
    rows,
    blockRows,
  });
}

/** A new tensor of one value. The bits of an int32 are its value. */
export function filled(
  backend: WasmBackend,
  shape: readonly number[],
  dtype: 'float32' | 'int32',
  value: number,
): TensorInfo {
  const out = backend.output(shape, dtype);
  const count = shape.reduce((product, length) => product * length, 1);
  const to = backend.pointer(out);
  if (count > 0)
    backend.routines.fillValue({
      items: Math.ceil(count / 16384),
      to,
      count,
      value: bitsOf(dtype, value),
    });
  return out;
}

/** A value as the 32 bits that a copying kernel writes. */
export function bitsOf(dtype: string, value: number): number {
  return dtype === 'float32' ? new Int32Array(Float32Array.of(value).buffer)[0] : value;
}
