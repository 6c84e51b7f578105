import { Mean, Sum, util } from '@tensorflow/tfjs-core';
import {
  ChannelScale,
  ChannelScaleGrad,
  GlobalAveragePool,
  GlobalAveragePoolGrad,
  type GlobalAveragePoolGradAttrs,
} from '../../kernels.js';
import type { WasmBackend } from '../backend.js';
import { scaleChannels } from './elementwise.js';
import { isFloat, kernel } from './kernel.js';

/** Pieces of work that a long sum is cut into, and the fewest values of one. */
const ITEMS = 16;
const VALUES_PER_ITEM = 16384;

/** Into how many parts each of `outer` sums over [rows, inner] is cut: a matter of the shape alone. */
function slicesOf(outer: number, rows: number, inner: number): number {
  const wanted = Math.ceil(ITEMS / Math.max(1, outer));
  return Math.max(1, Math.min(wanted, rows, Math.floor((rows * inner) / VALUES_PER_ITEM)));
}

/** to [outer, inner] = factor · Σ over the middle axis of [outer, rows, inner]. */
function sumRows(
  backend: WasmBackend,
  from: number,
  to: number,
  [outer, rows, inner]: readonly [number, number, number],
  factor: number,
): void {
  const slices = slicesOf(outer, rows, inner);
  if (slices === 1) {
    backend.pool.run('sumRows', outer, from, to, rows, inner, 1, factor);
    return;
  }
  backend.scratch(outer * slices * inner * 4, (parts) => {
    backend.pool.run('sumRows', outer * slices, from, parts, rows, inner, slices, 1);
    backend.pool.runAlone('sumRows', outer, parts, to, slices, inner, 1, factor);
  });
}

/** [outer, reduced, inner] of a reduction over `places`, if these axes are neighbours (but for axes of length 1). */
function split(shape: readonly number[], places: readonly number[]): [number, number, number] | undefined {
  const [first, last] = [Math.min(...places), Math.max(...places)];
  for (let axis = first; axis <= last; axis++) {
    if (shape[axis] !== 1 && !places.includes(axis)) return undefined;
  }
  const size = (from: number, to?: number) => util.sizeFromShape(shape.slice(from, to));
  return [size(0, first), size(first, last + 1), size(last + 1)];
}

interface ReduceAttrs {
  readonly axis: number | number[] | null | undefined;
  readonly keepDims: boolean;
}

function reduction(name: string, isMean: boolean) {
  return kernel<ReduceAttrs>(name, (backend, { x }, { axis, keepDims }) => {
    if (!isFloat(x) || util.sizeFromShape(x.shape) === 0) return undefined;
    const axes = util.parseAxisParam(axis as number[], x.shape);
    const places = axes.filter((i) => x.shape[i] !== 1);
    const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
    const shape = keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
    if (places.length === 0) return backend.alias(x, shape);
    const sizes = split(x.shape, places);
    if (sizes === undefined) return undefined;
    const out = backend.output(shape);
    sumRows(backend, backend.pointer(x), backend.pointer(out), sizes, isMean ? 1 / sizes[1] : 1);
    return out;
  });
}

export const reduceKernels = [
  reduction(Sum, false),
  reduction(Mean, true),

  kernel(GlobalAveragePool, (backend, { x }) => {
    const [batch, height, width, channels] = x.shape;
    const out = backend.output([batch, channels]);
    const rows = height * width;
    sumRows(backend, backend.pointer(x), backend.pointer(out), [batch, rows, channels], 1 / rows);
    return out;
  }),

  kernel<GlobalAveragePoolGradAttrs>(GlobalAveragePoolGrad, (backend, { dy }, { inputShape }) => {
    const [batch, height, width, channels] = inputShape;
    const out = backend.output(inputShape);
    const rows = height * width;
    backend.pool.run(
      'repeatRows',
      batch,
      backend.pointer(dy),
      backend.pointer(out),
      rows,
      channels,
      1 / rows,
    );
    return out;
  }),

  kernel(ChannelScale, (backend, { x, scale }) => scaleChannels(backend, x, scale)),

  kernel(ChannelScaleGrad, (backend, { dy, x, scale }) => {
    const [batch, height, width, channels] = x.shape;
    const rows = height * width;
    const dx = backend.output(x.shape);
    const dScale = backend.output(scale.shape);
    const slices = slicesOf(batch, rows, channels);
    const run = (sums: number) => {
      const pointers = [dy, x, scale, dx].map((tensor) => backend.pointer(tensor));
      backend.pool.run('channelScaleGrad', batch * slices, ...pointers, sums, rows, channels, slices);
    };
    if (slices === 1) {
      run(backend.pointer(dScale));
    } else {
      backend.scratch(batch * slices * channels * 4, (sums) => {
        run(sums);
        backend.pool.runAlone('sumRows', batch, sums, backend.pointer(dScale), slices, channels, 1, 1);
      });
    }
    return [dx, dScale];
  }),
];
