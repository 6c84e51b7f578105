import { type TensorInfo, BatchMatMul, _FusedMatMul } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { multiply, pack, packedBytes, roundUp } from '../parts/gemm.js';
import { type Inputs, isFloat, kernel } from '../kernel.js';

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation?: string;
}

/**
 * A [..., m, k] · B [..., k, n], either one stored transposed. The leading axes are the same, or all 1
 * in one of the two.
 */
function matMul(backend: WasmBackend, { a, b, bias }: Inputs, attrs: MatMulAttrs): TensorInfo | undefined {
  if (!isFloat(a, b, bias)) return undefined;
  const [rowsA, columnsA] = a.shape.slice(-2);
  const [rowsB, columnsB] = b.shape.slice(-2);
  const [m, k] = attrs.transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = attrs.transposeB ? rowsB : columnsB;
  if ((attrs.transposeB ? columnsB : rowsB) !== k) return undefined;
  const leadingA = a.shape.slice(0, -2);
  const leadingB = b.shape.slice(0, -2);
  const batchesA = leadingA.reduce((product, size) => product * size, 1);
  const batchesB = leadingB.reduce((product, size) => product * size, 1);
  const isSame =
    leadingA.length === leadingB.length && leadingA.every((size, axis) => size === leadingB[axis]);
  if (!isSame && batchesA !== 1 && batchesB !== 1) return undefined;
  if (
    bias &&
    (bias.shape[bias.shape.length - 1] !== n || bias.shape.some((s, i, all) => i < all.length - 1 && s !== 1))
  )
    return undefined;
  const leading = batchesA >= batchesB && leadingA.length >= leadingB.length ? leadingA : leadingB;
  const batches = Math.max(batchesA, batchesB);
  if (leading.reduce((product, size) => product * size, 1) !== batches) return undefined;
  const out = backend.output([...leading, m, n]);
  if (batches * m * n === 0) return out;
  if (k === 0) return undefined;
  const call: Call = {
    a: backend.pointer(a),
    b: backend.pointer(b),
    c: backend.pointer(out),
    m,
    n,
    k,
    batches,
    batchesA,
    batchesB,
    transposeA: attrs.transposeA,
    transposeB: attrs.transposeB,
    bias: bias ? backend.pointer(bias) : 0,
    relu: attrs.activation === 'relu',
  };
  if (batchesB === 1 && !attrs.transposeA)
    large(backend, { ...call, m: m * batches, batches: 1, batchesA: 1 });
  else if (isSmall(call)) small(backend, call);
  else large(backend, call);
  return out;
}

/** `batches` products of m×k and k×n, where either operand may be one for all. */
interface Call {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batches: number;
  readonly batchesA: number;
  readonly batchesB: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bias: number;
  readonly relu: boolean;
}

/** From how many products on each is done by one thread, if what it packs of one is no more than this many bytes. */
const MANY = 4;
const CACHED_BYTES = 256 * 1024;
/** Multiply-adds of one piece of work. */
const WORK_PER_ITEM = 65536;

function scratchOf({ m, n, k, transposeA }: Call): number {
  return roundUp(packedBytes(k, n) + (transposeA ? m * k * 4 : 0) + 64, 64);
}

function isSmall(call: Call): boolean {
  return call.batches >= MANY && scratchOf(call) <= CACHED_BYTES;
}

function small(backend: WasmBackend, call: Call): void {
  const { a, b, c, m, n, k, batches } = call;
  const perItem = Math.max(1, Math.min(Math.ceil(batches / 16), Math.floor(WORK_PER_ITEM / (m * n * k))));
  const scratchStride = scratchOf(call);
  backend.scratch(backend.pool.threads * scratchStride, (scratch) => {
    backend.routines.smallGemm({
      items: Math.ceil(batches / perItem),
      a,
      b,
      c,
      batches,
      m,
      n,
      k,
      transposedA: Number(call.transposeA),
      transposedB: Number(call.transposeB),
      strideA: call.batchesA === 1 ? 0 : m * k * 4,
      strideB: call.batchesB === 1 ? 0 : k * n * 4,
      bias: call.bias,
      relu: Number(call.relu),
      perItem,
      scratch,
      scratchStride,
    });
  });
}

function large(backend: WasmBackend, call: Call): void {
  const { a, b, c, m, n, k, batches, batchesA, batchesB, transposeA, transposeB, bias, relu } = call;
  const strideB = packedBytes(k, n);
  const turnedBytes = transposeA ? batchesA * m * k * 4 : 0;
  backend.scratch(turnedBytes + batchesB * strideB, (pointer) => {
    if (transposeA)
      backend.routines.transposeMatrices({ items: batchesA, from: a, to: pointer, rows: k, columns: m });
    const packed = pointer + turnedBytes;
    const stride = (transposeB ? k : n) * 4;
    for (let i = 0; i < batchesB; i++) {
      const from = { pointer: b + i * k * n * 4, stride, isTransposed: transposeB };
      pack(backend, from, packed + i * strideB, k, n);
    }
    multiply(backend, {
      a: transposeA ? pointer : a,
      packed,
      c,
      m,
      n,
      k,
      batches,
      bias,
      relu,
      strideA: batchesA === 1 ? 0 : m * k * 4,
      strideB: batchesB === 1 ? 0 : strideB,
    });
  });
}

/** C [m,n] = A·B, each at its address; A stored as [k,m], or B as [n,k], where it is turned. */
export function multiplyMatrices(
  backend: WasmBackend,
  product: Pick<Call, 'a' | 'b' | 'c' | 'm' | 'n' | 'k'> & Partial<Pick<Call, 'transposeA' | 'transposeB'>>,
): void {
  const single = { batches: 1, batchesA: 1, batchesB: 1, bias: 0, relu: false };
  large(backend, { ...single, transposeA: false, transposeB: false, ...product });
}

export const matMulKernels = [
  kernel<MatMulAttrs>(BatchMatMul, matMul),
  kernel<MatMulAttrs>(_FusedMatMul, (backend, inputs, attrs) => {
    const isFast =
      attrs.activation === undefined || attrs.activation === 'linear' || attrs.activation === 'relu';
    return isFast && !inputs.preluActivationWeights ? matMul(backend, inputs, attrs) : undefined;
  }),
];
