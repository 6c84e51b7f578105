import { type KernelFunc, getKernel, registerKernel, unregisterKernel } from '../../tf-core.js';
import { TENSORFLOW_KERNELS } from './index.js';
import type { KernelOptions } from './kernel.js';

/** The kernels that the engine adds to those of tfjs-node, or has instead of them, by name. */
export function tensorflowKernels(options: KernelOptions): ReadonlyMap<string, KernelFunc> {
  return new Map(TENSORFLOW_KERNELS.map((kernel) => [kernel.name, kernel.kernelFunc(options)]));
}

/** Registers them for a backend of tf.js, over those of the same names that it has. */
export function registerTensorflowKernels(backendName: string, options: KernelOptions): void {
  for (const [kernelName, kernelFunc] of tensorflowKernels(options)) {
    if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
    registerKernel({ kernelName, backendName, kernelFunc });
  }
}
