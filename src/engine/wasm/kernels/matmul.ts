import { type TensorInfo, BatchMatMul, _FusedMatMul } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../backend.js';
import { multiply, pack, packedBytes } from './gemm.js';
import { type Inputs, isFloat, kernel } from './kernel.js';

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
  const strideB = packedBytes(k, n);
  const turnedBytes = attrs.transposeA ? batchesA * m * k * 4 : 0;
  backend.scratch(turnedBytes + batchesB * strideB, (pointer) => {
    if (attrs.transposeA) {
      backend.pool.run('transposeMatrices', batchesA, backend.pointer(a), pointer, k, m);
    }
    const packed = pointer + turnedBytes;
    const stride = (attrs.transposeB ? k : n) * 4;
    for (let i = 0; i < batchesB; i++) {
      const from = { pointer: backend.pointer(b) + i * k * n * 4, stride, isTransposed: attrs.transposeB };
      pack(backend, from, packed + i * strideB, k, n);
    }
    multiply(backend, {
      a: attrs.transposeA ? pointer : backend.pointer(a),
      packed,
      c: backend.pointer(out),
      ...{ m, n, k, batches },
      bias: bias && backend.pointer(bias),
      relu: attrs.activation === 'relu',
      strideA: batchesA === 1 ? 0 : m * k * 4,
      strideB: batchesB === 1 ? 0 : strideB,
    });
  });
  return out;
}

export const matMulKernels = [
  kernel<MatMulAttrs>(BatchMatMul, matMul),
  kernel<MatMulAttrs>(_FusedMatMul, (backend, inputs, attrs) => {
    const isFast =
      attrs.activation === undefined || attrs.activation === 'linear' || attrs.activation === 'relu';
    return isFast && !inputs.preluActivationWeights ? matMul(backend, inputs, attrs) : undefined;
  }),
];
