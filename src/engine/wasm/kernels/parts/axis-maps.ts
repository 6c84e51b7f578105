import { type TensorInfo, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { bitsOf, copyRows, hasWords, rowsPerCopy } from './copies.js';

/** `before` places of fill, `count` places of the input from `start` on, `after` places of fill. */
export interface Run {
  readonly before: number;
  readonly start: number;
  readonly count: number;
  readonly after: number;
}

/** For each place along an axis of the output the place along that axis of the input, or −1 for fill. */
export type AxisMap = Run | readonly number[];

export function wholeAxis(length: number): Run {
  return { before: 0, start: 0, count: length, after: 0 };
}

export function axisLength(map: AxisMap): number {
  return isTable(map) ? map.length : map.before + map.count + map.after;
}

/** to[i, j, …] = x[map₀(i), map₁(j), …], or `fill`: slices, padding, tiles, nearest neighbours. */
export function mapAxes(
  backend: WasmBackend,
  x: TensorInfo,
  maps: readonly AxisMap[],
  fill = 0,
): TensorInfo | undefined {
  if (!hasWords(x)) return undefined;
  const { shape, dtype } = x;
  const out = backend.output(maps.map(axisLength), dtype);
  if (util.sizeFromShape(out.shape) === 0) return out;
  const [from, to] = [backend.pointer(x), backend.pointer(out)];
  const cut = onlyCut(shape, maps);
  if (cut) {
    const [outer, length, inner] = cut.sizes;
    const source = { pointer: from + cut.start * inner * 4, stride: length * inner * 4 };
    const size = cut.count * inner * 4;
    copyRows(backend, source, { pointer: to, stride: size }, size, outer);
    return out;
  }
  const strides = stridesOf(shape);
  let axis = maps.length - 1;
  let width = 1;
  for (; axis >= 0 && isWhole(maps[axis], shape[axis]); axis--) width *= shape[axis];
  let run = wholeAxis(width);
  let inner: readonly number[] | undefined;
  const map = axis >= 0 ? maps[axis] : undefined;
  if (map && !isTable(map)) {
    run = scaled(map, width);
    axis--;
  } else if (map && width === 1) {
    inner = map as readonly number[];
    run = wholeAxis(inner.length);
    axis--;
  }
  const tables = maps
    .slice(0, axis + 1)
    .map((each, i) => placesOf(each).map((place) => (place < 0 ? -1 : place * strides[i])));
  copyByTables(backend, from + run.start * 4, to, tables, run, inner, bitsOf(dtype, fill));
  return out;
}

/**
 * The adjoint of `mapAxes`: to[p, q, …] = Σ of dy over the places that maps took from there. `inputShape` is the
 * shape of the result.
 */
export function sumByMaps(
  backend: WasmBackend,
  dy: TensorInfo,
  inputShape: readonly number[],
  maps: readonly AxisMap[],
): TensorInfo | undefined {
  const strides = stridesOf(dy.shape);
  let axis = maps.length - 1;
  let width = 1;
  for (; axis >= 0 && isWhole(maps[axis], inputShape[axis]); axis--) width *= inputShape[axis];
  if (dy.dtype !== 'float32' || axis > 2) return undefined;
  const out = backend.output(inputShape);
  if (inputShape.includes(0)) return out;
  const lists = [0, 1, 2].map((i) =>
    i <= axis ? listsOf(placesOf(maps[i]), inputShape[i], strides[i]) : { length: 1, numbers: [0, 1, 0] },
  );
  const starts = lists.map(
    (_, i) => 4 * lists.slice(0, i).reduce((sum, { numbers }) => sum + numbers.length, 0),
  );
  const [n0, n1, n2] = lists.map(({ length }) => length);
  const rows = n0 * n1 * n2;
  const blockRows = rowsPerCopy(width);
  backend.withNumbers(Int32Array.from(lists.flatMap(({ numbers }) => numbers)), (pointer) => {
    const [lists0, lists1, lists2] = starts.map((start) => pointer + start);
    backend.routines.indexedSum({
      items: Math.ceil(rows / blockRows),
      from: backend.pointer(dy),
      to: backend.pointer(out),
      lists: lists0,
      lists1,
      lists2,
      n0,
      n1,
      n2,
      size: width * 4,
      blockRows,
    });
  });
  return out;
}

/**
 * Rows of the last axis, put together by `run` or by the table `inner`, from the places whose tables are given for
 * the other axes: numbers of values from `from`, or −1 for a row of fill.
 */
export function copyByTables(
  backend: WasmBackend,
  from: number,
  to: number,
  tables: readonly (readonly number[])[],
  run: Run,
  inner?: readonly number[],
  fill = 0,
): void {
  const three = threeOf(tables);
  const [n0, n1, n2] = three.map(({ length }) => length);
  const width = axisLength(run);
  const blockRows = rowsPerCopy(width);
  backend.withNumbers(Int32Array.from([...three.flat(), ...(inner ?? [])]), (pointer) => {
    const innerAt = inner ? pointer + 4 * three.flat().length : 0;
    backend.routines.indexedCopy({
      items: Math.ceil((n0 * n1 * n2) / blockRows),
      from,
      to,
      tables: pointer,
      inner: innerAt,
      n0,
      n1,
      n2,
      before: run.before * 4,
      size: run.count * 4,
      after: run.after * 4,
      fill,
      blockRows,
    });
  });
}

export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => util.sizeFromShape(shape.slice(axis + 1)));
}

// --- internal ---

function isTable(map: AxisMap): map is readonly number[] {
  return Array.isArray(map);
}

function isWhole(map: AxisMap, length: number): boolean {
  if (isTable(map)) return map.length === length && map.every((place, i) => place === i);
  return map.before === 0 && map.start === 0 && map.after === 0 && map.count === length;
}

function scaled({ before, start, count, after }: Run, width: number): Run {
  return { before: before * width, start: start * width, count: count * width, after: after * width };
}

function placesOf(map: AxisMap): readonly number[] {
  if (isTable(map)) return map;
  const { before, start, count } = map;
  return Array.from({ length: axisLength(map) }, (_, i) =>
    i < before || i >= before + count ? -1 : i - before + start,
  );
}

/** A slice along one axis: [outer, length, inner] and what is taken of the middle. */
function onlyCut(shape: readonly number[], maps: readonly AxisMap[]) {
  const axes = maps.map((_, axis) => axis).filter((axis) => !isWhole(maps[axis], shape[axis]));
  if (axes.length > 1) return undefined;
  const axis = axes[0] ?? 0;
  const map = maps[axis] ?? wholeAxis(1);
  if (isTable(map) || map.before + map.after > 0) return undefined;
  const sizes = [
    util.sizeFromShape(shape.slice(0, axis)),
    shape[axis] ?? 1,
    util.sizeFromShape(shape.slice(axis + 1)),
  ];
  return { sizes, start: map.start, count: map.count };
}

/** At most three tables: the first ones are joined, each place of one with each of the next. */
function threeOf(tables: readonly (readonly number[])[]): (readonly number[])[] {
  if (tables.length <= 3) return [...tables, [0], [0], [0]].slice(0, 3);
  const [first, second, ...others] = tables;
  const joined = first.flatMap((a) => second.map((b) => (a < 0 || b < 0 ? -1 : a + b)));
  return threeOf([joined, ...others]);
}

/** For each place of an axis of `length` those that map to it: where each list begins, then the lists. */
function listsOf(places: readonly number[], length: number, stride: number) {
  const lists: number[][] = Array.from({ length }, () => []);
  places.forEach((place, i) => {
    if (place >= 0) lists[place].push(i * stride);
  });
  const starts = [0];
  for (const list of lists) starts.push(starts[starts.length - 1] + list.length);
  return { length, numbers: [...starts, ...lists.flat()] };
}
