import { util } from '../../../tf-core.js';
import { muonScale, MuonUpdate, NEWTON_SCHULZ, SMALLEST_NORM } from '../../../kernels/updates/muon.js';
import type { WasmBackend } from '../../backend.js';
import { itemsOf, wasmKernel } from '../kernel.js';
import { multiplyMatrices } from '../tfjs/matmul.js';

export const muonUpdate = wasmKernel(
  MuonUpdate,
  (backend, inputs, { momentum: keep, nesterov, weightDecay, outputs, steps, fixedNorm }) => {
    const { routines } = backend;
    const { shape } = inputs.parameter;
    const count = util.sizeFromShape(shape);
    const size = { items: itemsOf(count), count };
    const newParameter = backend.output(shape);
    const newMomentum = backend.output(shape);
    const direction = backend.allocate(count * 4);
    routines.muonMomentum({
      ...{ ...size, gradient: backend.pointer(inputs.gradient), momentum: backend.pointer(inputs.momentum) },
      ...{ newMomentum: backend.pointer(newMomentum), direction },
      ...{ keep, rest: 1 - keep, nesterov: Number(nesterov) },
    });
    const step = orthogonalized(backend, direction, count / outputs, outputs, steps);
    const move = {
      ...{ ...size, parameter: backend.pointer(inputs.parameter), step, scale: muonScale(count, outputs) },
      ...{ learningRate: backend.pointer(inputs.learningRate), newParameter: backend.pointer(newParameter) },
    };
    if (fixedNorm) {
      backend.scratch(size.items * 4, (sums) => {
        routines.squareSums({ ...size, from: move.parameter, to: sums });
        const norm = Math.sqrt(outputs);
        routines.fixedNormStep({ ...move, sums, pieces: size.items, norm, smallest: SMALLEST_NORM });
      });
    } else {
      routines.decayedStep({ ...move, weightDecay });
    }
    backend.free(step);
    return [newParameter, newMomentum];
  },
);

// --- internal ---

/** O(d) of a matrix, whose memory is freed; the result's is the caller's. */
function orthogonalized(
  backend: WasmBackend,
  direction: number,
  rows: number,
  columns: number,
  steps: number,
): number {
  const { routines } = backend;
  const { a, b, c, epsilon } = NEWTON_SCHULZ;
  const count = rows * columns;
  const items = itemsOf(count);
  let x = backend.allocate(count * 4);
  backend.scratch(items * 4, (sums) => {
    routines.squareSums({ items, count, from: direction, to: sums });
    routines.divideByNorm({ items, count, pieces: items, from: direction, sums, to: x, epsilon });
  });
  backend.free(direction);
  // By rows or by columns, the iteration is the same: by those that are fewer.
  const isWide = rows <= columns;
  const [side, other] = isWide ? [rows, columns] : [columns, rows];
  const square = { items: itemsOf(side * side), count: side * side };
  for (let step = 0; step < steps; step++) {
    const [gram, power, factor] = [0, 1, 2].map(() => backend.allocate(side * side * 4));
    const [moved, next] = [0, 1].map(() => backend.allocate(count * 4));
    const turns = { transposeA: !isWide, transposeB: isWide };
    multiplyMatrices(backend, { a: x, b: x, c: gram, m: side, n: side, k: other, ...turns });
    multiplyMatrices(backend, { a: gram, b: gram, c: power, m: side, n: side, k: side });
    // It is a sum with weights, as a moving average is.
    routines.movingAverage({ ...square, average: gram, value: power, to: factor, decay: b, rest: c });
    if (isWide) multiplyMatrices(backend, { a: factor, b: x, c: moved, m: rows, n: columns, k: rows });
    else multiplyMatrices(backend, { a: x, b: factor, c: moved, m: rows, n: columns, k: columns });
    routines.movingAverage({ items, count, average: x, value: moved, to: next, decay: a, rest: 1 });
    for (const pointer of [gram, power, factor, moved, x]) backend.free(pointer);
    x = next;
  }
  return x;
}
