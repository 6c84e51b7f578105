import { type DataType, type TensorInfo, backend_util, util } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../backend.js';
import { ELEMENTS_PER_ITEM } from './kernel.js';

/** Axes that are one for both operands: their length, and whether each operand goes on along them. */
interface Axis {
  length: number;
  readonly a: boolean;
  readonly b: boolean;
}

function axesOf(a: readonly number[], b: readonly number[], out: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  out.forEach((length, i) => {
    if (length === 1) return;
    const goesOn = (shape: readonly number[]): boolean => (shape[i - out.length + shape.length] ?? 1) !== 1;
    const axis = { length, a: goesOn(a), b: goesOn(b) };
    const last = axes.at(-1);
    if (last && last.a === axis.a && last.b === axis.b) last.length *= length;
    else axes.push(axis);
  });
  return axes;
}

/** Values from one step along each axis to the next: 0 where an operand stays. */
function stridesOf(axes: readonly Axis[], which: 'a' | 'b'): number[] {
  let stride = 1;
  return axes
    .toReversed()
    .map((axis) => {
      const here = axis[which] ? stride : 0;
      if (axis[which]) stride *= axis.length;
      return here;
    })
    .toReversed();
}

/** The routine `<name>Broadcast` over two operands of any shapes that broadcast, where they have no more than four turns. */
export function broadcast(
  backend: WasmBackend,
  routine: string,
  a: TensorInfo,
  b: TensorInfo,
  dtype: DataType = 'float32',
): TensorInfo | undefined {
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const count = util.sizeFromShape(shape);
  const axes = axesOf(a.shape, b.shape, shape);
  if (axes.length > 4) return undefined;
  const out = backend.output(shape, dtype);
  if (count === 0) return out;
  const bytes = util.bytesPerElement(dtype);
  const pointers = [a, b, out].map((tensor) => backend.pointer(tensor));
  const inner = axes.at(-1) ?? { length: 1, a: true, b: true };
  const steps = [Number(inner.a), Number(inner.b)];
  const call = (
    at: number,
    lengths: readonly number[],
    n: number,
    sa: readonly number[],
    sb: readonly number[],
  ) => {
    const rows = lengths.reduce((product, length) => product * length, 1);
    const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / n));
    const places = [
      pointers[0] + at * steps[0] * 4,
      pointers[1] + at * steps[1] * 4,
      pointers[2] + at * bytes,
    ];
    const args = [...places, ...lengths, n, ...sa, steps[0], ...sb, steps[1], blockRows];
    backend.pool.run(`${routine}Broadcast`, Math.ceil(rows / blockRows), ...args);
  };
  if (axes.length <= 1) {
    // One long row, cut into pieces of work.
    const whole = Math.floor(count / ELEMENTS_PER_ITEM);
    const along = steps.map((step) => [0, 0, step * ELEMENTS_PER_ITEM]);
    if (whole > 0) call(0, [1, 1, whole], ELEMENTS_PER_ITEM, along[0], along[1]);
    const done = whole * ELEMENTS_PER_ITEM;
    if (done < count) call(done, [1, 1, 1], count - done, [0, 0, 0], [0, 0, 0]);
    return out;
  }
  const outer = (numbers: readonly number[], empty: number): number[] =>
    [empty, empty, empty, ...numbers.slice(0, -1)].slice(-3);
  const lengths = outer(
    axes.map(({ length }) => length),
    1,
  );
  call(0, lengths, inner.length, outer(stridesOf(axes, 'a'), 0), outer(stridesOf(axes, 'b'), 0));
  return out;
}
