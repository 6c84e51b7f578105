import {
  ClipByValue,
  Elu,
  EluGrad,
  LeakyRelu,
  Log,
  Reciprocal,
  Relu6,
  Rsqrt,
  Sign,
  Step,
  Tanh,
  util,
} from '../../../tf-core.js';
import type { RoutineTaking } from '../../routines.js';
import { isFloat, itemsOf, kernel } from '../kernel.js';
import { overPairs, unary } from '../parts/values.js';

/** A function of one value and of two numbers. */
function withParameters<A>(
  name: string,
  routine: RoutineTaking<'from' | 'to' | 'count' | 'p' | 'q'>,
  numbersOf: (attrs: A) => readonly [number, number],
) {
  return kernel<A>(name, (backend, { x }, attrs) => {
    if (!isFloat(x)) return undefined;
    const out = backend.output(x.shape);
    const count = util.sizeFromShape(x.shape);
    const [from, to] = [backend.pointer(x), backend.pointer(out)];
    const [p, q] = numbersOf(attrs);
    backend.routines[routine]({ items: itemsOf(count), from, to, count, p, q });
    return out;
  });
}

export const activationKernels = [
  unary(Elu, 'elu'),
  unary(Log, 'log'),
  unary(Reciprocal, 'reciprocal'),
  unary(Rsqrt, 'rsqrt'),
  unary(Sign, 'sign'),
  unary(Tanh, 'tanh'),
  kernel(EluGrad, (backend, { dy, y }) => overPairs(backend, 'eluGrad', dy, y)),
  withParameters<{ alpha: number }>(Step, 'step', ({ alpha }) => [alpha, 0]),
  withParameters<{ alpha: number }>(LeakyRelu, 'leakyRelu', ({ alpha }) => [alpha, 0]),
  withParameters(Relu6, 'clip', () => [0, 6]),
  withParameters<{ clipValueMin: number; clipValueMax: number }>(
    ClipByValue,
    'clip',
    ({ clipValueMin, clipValueMax }) => [clipValueMin, clipValueMax],
  ),
];
