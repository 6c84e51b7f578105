import * as tf from '../../tf-core.js';

/** A kernel of the TensorFlow engine, as `tf.registerKernel` takes it beside the name of the backend. */
export interface TensorflowKernel {
  readonly kernelName: string;
  readonly kernelFunc: tf.KernelFunc;
}

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

/**
 * A kernel made of TensorFlow's operations. What it makes on the way is disposed of when it returns; it never looks
 * at the values of tensors, so that what it does can be recorded.
 */
export function kernel<Inputs extends object, Attrs extends object = object>(
  kernelName: string,
  compute: (inputs: Inputs, attrs: Attrs) => tf.Tensor | tf.Tensor[],
): TensorflowKernel {
  return {
    kernelName,
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() => compute(inputs as Inputs, attrs as unknown as Attrs)),
  };
}
