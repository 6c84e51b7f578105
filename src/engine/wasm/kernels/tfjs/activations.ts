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
import { pairwise, unary } from '../parts/values.js';
import { isFloat, itemsOf, kernel } from '../kernel.js';

/** A function of one value and of two numbers. */
function withParameters<A>(
  name: string,
  routine: string,
  numbersOf: (attrs: A) => readonly [number, number],
) {
  return kernel<A>(name, (backend, { x }, attrs) => {
    if (!isFloat(x)) return undefined;
    const out = backend.output(x.shape);
    const count = util.sizeFromShape(x.shape);
    const pointers = [backend.pointer(x), backend.pointer(out)];
    backend.pool.run(routine, itemsOf(count), ...pointers, count, ...numbersOf(attrs));
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
  pairwise(EluGrad, 'eluGrad', 'y'),
  withParameters<{ alpha: number }>(Step, 'step', ({ alpha }) => [alpha, 0]),
  withParameters<{ alpha: number }>(LeakyRelu, 'leakyRelu', ({ alpha }) => [alpha, 0]),
  withParameters(Relu6, 'clip', () => [0, 6]),
  withParameters<{ clipValueMin: number; clipValueMax: number }>(
    ClipByValue,
    'clip',
    ({ clipValueMin, clipValueMax }) => [clipValueMin, clipValueMax],
  ),
];
