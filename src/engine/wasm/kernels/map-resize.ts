import { adjointShares, resizeShares, type Share } from '../../resize-shares.js';
import { MapResize, MapResizeGrad } from '../../kernels/map-resize.js';
import type { TensorInfo } from '../../tf-core.js';
import type { WasmBackend } from '../backend.js';
import { isFloat, wasmKernel } from './kernel.js';
import { rowsPerCopy } from './parts/copies.js';

export const mapResize = wasmKernel(MapResize, (backend, { x }, { height, width, rule }) => {
  const [, rows, columns] = x.shape;
  return blend(backend, x, resizeShares(rows, height, rule), resizeShares(columns, width, rule));
});

export const mapResizeGrad = wasmKernel(MapResizeGrad, (backend, { dy }, { height, width, rule }) => {
  const [, outHeight, outWidth] = dy.shape;
  return blend(
    backend,
    dy,
    adjointShares(resizeShares(height, outHeight, rule), height),
    adjointShares(resizeShares(width, outWidth, rule), width),
  );
});

// --- internal ---

type Shares = readonly (readonly Share[])[];

function blend(
  backend: WasmBackend,
  x: TensorInfo,
  ofRows: Shares,
  ofColumns: Shares,
): TensorInfo | undefined {
  if (!isFloat(x)) return undefined;
  const [batch, rows, columns, channels] = x.shape;
  const [height, width] = [ofRows.length, ofColumns.length];
  const out = backend.output([batch, height, width, channels]);
  const places = batch * height * width;
  if (places * channels === 0) return out;
  const lists = [lists32(ofRows, columns * channels * 4), lists32(ofColumns, channels * 4)];
  const numbers = new Int32Array(lists[0].length + lists[1].length);
  numbers.set(lists[0]);
  numbers.set(lists[1], lists[0].length);
  const blockPlaces = rowsPerCopy(channels);
  backend.withNumbers(numbers, (pointer) => {
    backend.routines.blendPlaces({
      items: Math.ceil(places / blockPlaces),
      from: backend.pointer(x),
      to: backend.pointer(out),
      rows: pointer,
      columns: pointer + 4 * lists[0].length,
      places,
      height,
      width,
      image: rows * columns * channels * 4,
      size: channels * 4,
      blockPlaces,
    });
  });
  return out;
}

/** Where each list begins, the places as bytes, and the weights as they lie in memory. */
function lists32(shares: Shares, stride: number): Int32Array {
  const all = shares.flat();
  const starts = [0];
  for (const parts of shares) starts.push(starts[starts.length - 1] + parts.length);
  const weights = new Int32Array(Float32Array.from(all, ([, weight]) => weight).buffer);
  return Int32Array.from([...starts, ...all.map(([place]) => place * stride), ...weights]);
}
