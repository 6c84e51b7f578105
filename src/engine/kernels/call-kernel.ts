import { type NamedAttrMap, type NamedTensorMap, type Tensor, engine } from '../tf-core.js';
import type { Inputs, Kernel, Outputs, ResultOf, TensorsOf } from './kernel.js';

/**
 * Runs a kernel on the current engine, and remembers it for gradients where tf.js is watching.
 * @returns the tensor of its only output, or of each by its name
 */
export function callKernel<Name extends string, I extends Inputs, A extends object, O extends Outputs>(
  kernel: Kernel<Name, I, A, O>,
  inputs: TensorsOf<NoInfer<I>>,
  ...[attrs]: keyof A extends never ? [] : [attrs: NoInfer<A>]
): ResultOf<O> {
  const given = inputs as unknown as NamedTensorMap;
  const made: Tensor | Tensor[] = engine().runKernel(kernel.name, given, attrs as NamedAttrMap | undefined);
  const outputs = Array.isArray(made)
    ? Object.fromEntries(Object.keys(kernel.outputs).map((name, i) => [name, made[i]]))
    : made;
  return outputs as ResultOf<O>;
}
