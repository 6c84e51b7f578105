import type { WasmBackend } from '../../backend.js';

const PANEL = 8;
/** Below this many values, packing is done before other threads would have woken. */
const SMALL = 8192;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Bytes of B [rows, columns] packed in panels. */
export function packedBytes(rows: number, columns: number): number {
  return rows * roundUp(columns, PANEL) * 4;
}

export interface PackSource {
  readonly pointer: number;
  /** Bytes from one stored row to the next. */
  readonly stride: number;
  /** Whether it is stored as [columns, rows]. */
  readonly isTransposed: boolean;
}

/** Packs B [rows, columns] into panels, from row `first` of `total` on. */
export function pack(
  { routines, alone }: WasmBackend,
  from: PackSource,
  to: number,
  rows: number,
  columns: number,
  first = 0,
  total = rows,
): void {
  (rows * columns < SMALL ? alone : routines).packPanels({
    items: Math.ceil(columns / PANEL),
    b: from.pointer,
    ldb: from.stride,
    packed: to,
    rows,
    columns,
    transposed: Number(from.isTransposed),
    first,
    total,
  });
}

/** A map that is added to a result: at `pointer`, each value for 2^shift × 2^shift places; 0 for none. */
export interface Addend {
  readonly pointer: number;
  readonly shift: number;
}

/** Nothing is added. */
export const NO_ADDEND: Addend = { pointer: 0, shift: 0 };

export interface Product {
  readonly a: number;
  readonly packed: number;
  readonly c: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly bias?: number;
  readonly relu?: boolean;
  readonly batches?: number;
  /** Bytes from one matrix to the next. */
  readonly strideA?: number;
  readonly strideB?: number;
  /** What is added to the rows of a single product, which are the places of maps of that height and width. */
  readonly addend?: Addend & { readonly height: number; readonly width: number };
}

/** Rows of one piece of work: enough to use a panel of B often, few enough for 8 pieces. */
export function rowsPerItem(m: number): number {
  return m >= 1920 ? 96 : m >= 480 ? 48 : 24;
}

/** C [m, n] = relu?(A [m, k] · B + bias?) + addend?, A and C contiguous, B packed. */
export function multiply({ routines }: WasmBackend, product: Product): void {
  const { a, packed, c, m, n, k, bias = 0, relu = false, batches = 1, strideA = 0, strideB = 0 } = product;
  const blockM = rowsPerItem(m);
  const blocksM = Math.ceil(m / blockM);
  const wanted = Math.max(1, Math.ceil(8 / (blocksM * batches)));
  const blockN = Math.max(64, roundUp(Math.ceil(n / wanted), PANEL));
  const { addend = { ...NO_ADDEND, height: 1, width: 1 } } = product;
  routines.gemm({
    items: batches * blocksM * Math.ceil(n / blockN),
    a,
    lda: k * 4,
    packed,
    c,
    ldc: n * 4,
    m,
    n,
    k,
    blockM,
    blockN,
    bias,
    relu: Number(relu),
    strideA,
    strideB,
    strideC: m * n * 4,
    addend: addend.pointer,
    mapH: addend.height,
    mapW: addend.width,
    shift: addend.shift,
  });
}
