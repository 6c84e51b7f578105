import {
  Cast,
  Equal,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  NotEqual,
  OnesLike,
  ZerosLike,
  util,
} from '../../../tf-core.js';
import { type BroadcastRoutine, broadcast } from './broadcast.js';
import { filled } from '../parts/copies.js';
import { isFloat, itemsOf, kernel } from '../kernel.js';

function comparison(name: string, routine: BroadcastRoutine) {
  return kernel(name, (backend, { a, b }) =>
    isFloat(a, b) ? broadcast(backend, routine, a, b, 'bool') : undefined,
  );
}

function constant(name: string, value: number) {
  return kernel(name, (backend, { x: { shape, dtype } }) =>
    dtype === 'float32' || dtype === 'int32' ? filled(backend, shape, dtype, value) : undefined,
  );
}

const TO_FLOAT: Readonly<Record<string, 'boolToFloat' | 'intToFloat'>> = {
  bool: 'boolToFloat',
  int32: 'intToFloat',
};

export const comparisonKernels = [
  comparison(Equal, 'equalBroadcast'),
  comparison(NotEqual, 'notEqualBroadcast'),
  comparison(Greater, 'greaterBroadcast'),
  comparison(GreaterEqual, 'greaterEqualBroadcast'),
  comparison(Less, 'lessBroadcast'),
  comparison(LessEqual, 'lessEqualBroadcast'),
  constant(ZerosLike, 0),
  constant(OnesLike, 1),

  /** To the same type, and to float32. */
  kernel<{ dtype: string }>(Cast, (backend, { x }, { dtype }) => {
    if (x.dtype === dtype && dtype !== 'complex64') return backend.alias(x);
    const routine = TO_FLOAT[x.dtype];
    if (dtype !== 'float32' || routine === undefined) return undefined;
    const out = backend.output(x.shape);
    const count = util.sizeFromShape(x.shape);
    const [from, to] = [backend.pointer(x), backend.pointer(out)];
    backend.routines[routine]({ items: itemsOf(count), from, to, count });
    return out;
  }),
];
