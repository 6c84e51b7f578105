import { type TensorInfo, Max, Mean, Min, Sum, util } from '@tensorflow/tfjs-core';
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
    const perItem = linesPerItem(rows * inner);
    const args = [from, to, outer, rows, inner, 1, factor, perItem];
    backend.pool.run('sumRows', Math.ceil(outer / perItem), ...args);
    return;
  }
  backend.scratch(outer * slices * inner * 4, (parts) => {
    const count = outer * slices;
    backend.pool.run('sumRows', count, from, parts, count, rows, inner, slices, 1, 1);
    backend.pool.runAlone('sumRows', outer, parts, to, outer, slices, inner, 1, factor, 1);
  });
}

/** Sums of so many values each that are one piece of work. */
function linesPerItem(values: number): number {
  return Math.max(1, Math.floor(VALUES_PER_ITEM / Math.max(1, values)));
}

/** One step of a reduction: [outer, rows, inner] → [outer, inner]. */
type Sizes = readonly [outer: number, rows: number, inner: number];
type Reduce = (backend: WasmBackend, from: number, to: number, sizes: Sizes, isLast: boolean) => void;

/**
 * Steps that reduce over `places`: one for each stretch of neighbouring axes (those of length 1 apart), the last
 * stretch first, so that every step reads what the one before has made shorter.
 */
function stepsOf(shape: readonly number[], places: readonly number[]): Sizes[] {
  const lengths = [...shape];
  const steps: Sizes[] = [];
  for (let last = shape.length - 1; last >= 0; last--) {
    if (!places.includes(last)) continue;
    let first = last;
    while (first > 0 && (lengths[first - 1] === 1 || places.includes(first - 1))) first--;
    const size = (from: number, to?: number) => util.sizeFromShape(lengths.slice(from, to));
    steps.push([size(0, first), size(first, last + 1), size(last + 1)]);
    lengths.fill(1, first, last + 1);
    last = first;
  }
  return steps;
}

/** Reduces `x` over axes by as many steps as it takes. */
function reduceOver(
  backend: WasmBackend,
  x: TensorInfo,
  axis: number | number[] | null | undefined,
  keepDims: boolean,
  reduce: Reduce,
): TensorInfo | undefined {
  if (!isFloat(x) || util.sizeFromShape(x.shape) === 0) return undefined;
  const axes = util.parseAxisParam(axis as number[], x.shape);
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  const shape = keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  const steps = stepsOf(
    x.shape,
    axes.filter((i) => x.shape[i] !== 1),
  );
  if (steps.length === 0) return backend.alias(x, shape);
  const out = backend.output(shape);
  const run = (from: number, [sizes, ...others]: readonly Sizes[]): void => {
    if (others.length === 0) {
      reduce(backend, from, backend.pointer(out), sizes, true);
      return;
    }
    backend.scratch(sizes[0] * sizes[2] * 4, (to) => {
      reduce(backend, from, to, sizes, false);
      run(to, others);
    });
  };
  run(backend.pointer(x), steps);
  return out;
}

interface ReduceAttrs {
  readonly axis: number | number[] | null | undefined;
  readonly keepDims: boolean;
}

function reduction(name: string, isMean: boolean) {
  return kernel<ReduceAttrs>(name, (backend, { x }, { axis, keepDims }) => {
    const count = util
      .parseAxisParam(axis as number[], x.shape)
      .reduce((product, i) => product * x.shape[i], 1);
    return reduceOver(backend, x, axis, keepDims, (own, from, to, sizes, isLast) =>
      sumRows(own, from, to, sizes, isMean && isLast ? 1 / count : 1),
    );
  });
}

/** `Max` calls its axes `reductionIndices`, `Min` `axis`. */
function extreme(name: string, isMax: boolean) {
  return kernel<ReduceAttrs & { reductionIndices?: number[] }>(name, (backend, { x }, attrs) =>
    reduceOver(
      backend,
      x,
      attrs.reductionIndices ?? attrs.axis,
      attrs.keepDims,
      ({ pool }, from, to, [outer, rows, inner]) => {
        const perItem = linesPerItem(rows * inner);
        const args = [from, to, outer, rows, inner, Number(isMax), perItem];
        pool.run('extremeRows', Math.ceil(outer / perItem), ...args);
      },
    ),
  );
}

export const reduceKernels = [
  reduction(Sum, false),
  reduction(Mean, true),
  extreme(Max, true),
  extreme(Min, false),

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
        backend.pool.runAlone(
          'sumRows',
          batch,
          sums,
          backend.pointer(dScale),
          batch,
          slices,
          channels,
          1,
          1,
          1,
        );
      });
    }
    return [dx, dScale];
  }),
];
