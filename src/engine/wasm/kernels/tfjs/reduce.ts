import { type TensorInfo, Max, Mean, Min, Sum, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { isFloat, kernel } from '../kernel.js';
import { linesPerItem, sumRows } from '../parts/sum-rows.js';

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
      ({ routines }, from, to, [outer, rows, inner]) => {
        const perItem = linesPerItem(rows * inner);
        const items = Math.ceil(outer / perItem);
        routines.extremeRows({ items, from, to, outer, rows, inner, isMax: Number(isMax), perItem });
      },
    ),
  );
}

export const reduceKernels = [
  reduction(Sum, false),
  reduction(Mean, true),
  extreme(Max, true),
  extreme(Min, false),
];
