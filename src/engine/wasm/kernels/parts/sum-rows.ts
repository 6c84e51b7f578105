import type { WasmBackend } from '../../backend.js';

/** Pieces of work that a long sum is cut into, and the fewest values of one. */
const ITEMS = 16;
const VALUES_PER_ITEM = 16384;

/** Into how many parts each of `outer` sums over [rows, inner] is cut: a matter of the shape alone. */
export function slicesOf(outer: number, rows: number, inner: number): number {
  const wanted = Math.ceil(ITEMS / Math.max(1, outer));
  return Math.max(1, Math.min(wanted, rows, Math.floor((rows * inner) / VALUES_PER_ITEM)));
}

/** to [outer, inner] = factor · Σ over the middle axis of [outer, rows, inner]. */
export function sumRows(
  backend: WasmBackend,
  from: number,
  to: number,
  [outer, rows, inner]: readonly [number, number, number],
  factor: number,
): void {
  const slices = slicesOf(outer, rows, inner);
  if (slices === 1) {
    const perItem = linesPerItem(rows * inner);
    const items = Math.ceil(outer / perItem);
    backend.routines.sumRows({ items, from, to, sums: outer, rows, inner, slices, factor, perItem });
    return;
  }
  backend.scratch(outer * slices * inner * 4, (parts) => {
    const sums = outer * slices;
    backend.routines.sumRows({
      items: sums,
      from,
      to: parts,
      sums,
      rows,
      inner,
      slices,
      factor: 1,
      perItem: 1,
    });
    addSlices(backend, parts, to, [outer, slices, inner], factor);
  });
}

/** The sums of the slices into which sums were cut: to [outer, inner] = factor · Σ over the middle axis. */
export function addSlices(
  { alone }: WasmBackend,
  from: number,
  to: number,
  [outer, slices, inner]: readonly [number, number, number],
  factor: number,
): void {
  alone.sumRows({
    items: outer,
    from,
    to,
    sums: outer,
    rows: slices,
    inner,
    slices: 1,
    factor,
    perItem: 1,
  });
}

/** Sums of so many values each that are one piece of work. */
export function linesPerItem(values: number): number {
  return Math.max(1, Math.floor(VALUES_PER_ITEM / Math.max(1, values)));
}
