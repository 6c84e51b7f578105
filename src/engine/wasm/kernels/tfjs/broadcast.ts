import { type DataType, type TensorInfo, backend_util, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import type { ArgumentName, RoutineTaking } from '../../routines.js';
import { ELEMENTS_PER_ITEM } from '../kernel.js';

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

/** Axes that a kernel goes through; along any before them there is a call for each place. */
const AXES = 4;
/** More calls than this are left to the CPU kernels. */
const MAX_CALLS = 1024;

/** Routines that go through any broadcast. */
export type BroadcastRoutine = RoutineTaking<ArgumentName<'addBroadcast'>>;

/** Such a routine over two operands of any shapes that broadcast. */
export function broadcast(
  backend: WasmBackend,
  routine: BroadcastRoutine,
  a: TensorInfo,
  b: TensorInfo,
  dtype: DataType = 'float32',
): TensorInfo | undefined {
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const count = util.sizeFromShape(shape);
  const axes = axesOf(a.shape, b.shape, shape);
  const places = axes.slice(0, -AXES).reduce((product, { length }) => product * length, 1);
  if (places > MAX_CALLS) return undefined;
  const out = backend.output(shape, dtype);
  if (count === 0) return out;
  const size = util.bytesPerElement(dtype);
  const [pa, pb, to] = [a, b, out].map((tensor) => backend.pointer(tensor));
  const call = (
    [fromA, fromB, at]: readonly number[],
    lengths: readonly number[],
    [sa, sb]: readonly (readonly number[])[],
  ): void => {
    const [n0, n1, n2, n] = lengths;
    const [a0, a1, a2, ai] = sa;
    const [b0, b1, b2, bi] = sb;
    const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / n));
    backend.routines[routine]({
      items: Math.ceil((n0 * n1 * n2) / blockRows),
      a: pa + fromA * 4,
      b: pb + fromB * 4,
      to: to + at * size,
      n0,
      n1,
      n2,
      n,
      a0,
      a1,
      a2,
      ai,
      b0,
      b1,
      b2,
      bi,
      blockRows,
    });
  };
  if (axes.length <= 1) {
    // One long row, cut into pieces of work.
    const steps = axes.length === 0 ? [1, 1] : [Number(axes[0].a), Number(axes[0].b)];
    const whole = Math.floor(count / ELEMENTS_PER_ITEM);
    const along = steps.map((step) => [0, 0, step * ELEMENTS_PER_ITEM, step]);
    if (whole > 0) call([0, 0, 0], [1, 1, whole, ELEMENTS_PER_ITEM], along);
    const done = whole * ELEMENTS_PER_ITEM;
    if (done < count)
      call(
        steps.map((step) => step * done).concat(done),
        [1, 1, 1, count - done],
        along.map(([, , , step]) => [0, 0, 0, step]),
      );
    return out;
  }
  const strides = (['a', 'b'] as const).map((which) => stridesOf(axes, which));
  const inner = (numbers: readonly number[], missing: number): number[] =>
    [missing, missing, missing, ...numbers].slice(-AXES);
  const lengths = axes.map(({ length }) => length);
  for (let place = 0; place < places; place++) {
    const from = [0, 0, (count / places) * place];
    for (let axis = axes.length - AXES - 1, rest = place; axis >= 0; axis--) {
      const index = rest % lengths[axis];
      rest = Math.floor(rest / lengths[axis]);
      from[0] += index * strides[0][axis];
      from[1] += index * strides[1][axis];
    }
    call(
      from,
      inner(lengths, 1),
      strides.map((numbers) => inner(numbers, 0)),
    );
  }
  return out;
}
