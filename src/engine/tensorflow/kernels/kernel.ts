import type { HasOne, Inputs, Kernel, Outputs } from '../../kernels/kernel.js';
import * as tf from '../../tf-core.js';

/** What kernels depend on, fixed when the engine opens. */
export interface KernelOptions {
  readonly onGpu: boolean;
  /** Operations of `native/` that are loaded; they compute on the CPU. */
  readonly customOps: ReadonlySet<string>;
  /** Whether softmax and the gradient of max pooling are oneDNN's: see `one-dnn.ts`. False where not given. */
  readonly oneDnn?: boolean;
  /** Whether the same bits are to come out every time, on a GPU too. True where not given. */
  readonly deterministic?: boolean;
}

/** A kernel of the TensorFlow engine. */
export interface TensorflowKernel<Name extends string = string> {
  readonly name: Name;
  /** The function that `tf.registerKernel` takes. */
  kernelFunc(options: KernelOptions): tf.KernelFunc;
}

/**
 * How this engine computes a kernel of the contract: by TensorFlow's operations. What it makes on the way is disposed
 * of when it returns; it never looks at the values of tensors, so that what it does can be recorded.
 */
export function tensorflowKernel<Name extends string, I extends Inputs, A extends object, O extends Outputs>(
  { name }: Kernel<Name, I, A, O>,
  compute: (
    inputs: { readonly [Input in keyof I]: tf.TensorInfo },
    attrs: A,
    options: KernelOptions,
  ) => HasOne<O> extends true ? tf.Tensor : tf.Tensor[],
): TensorflowKernel<Name> {
  return made(name, compute as unknown as Compute);
}

/** The same for a kernel of tf.js's own. */
export function tfjsKernel<In extends object, Attrs extends object = object>(
  name: string,
  compute: (inputs: In, attrs: Attrs, options: KernelOptions) => tf.Tensor | tf.Tensor[],
): TensorflowKernel {
  return made(name, compute as Compute);
}

// --- internal ---

type Compute = (inputs: object, attrs: object, options: KernelOptions) => tf.Tensor | tf.Tensor[];

function made<Name extends string>(name: Name, compute: Compute): TensorflowKernel<Name> {
  return {
    name,
    kernelFunc:
      (options) =>
      ({ inputs, attrs = {} }) =>
        tf.tidy(() => compute(inputs, attrs, options)),
  };
}
