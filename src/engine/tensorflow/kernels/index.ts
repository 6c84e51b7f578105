import type { KernelConfig } from '@tensorflow/tfjs-core';

/** The kernels that the engine adds to those of tfjs-node, or has instead of them. */
export function tensorflowKernels(): readonly Pick<KernelConfig, 'kernelName' | 'kernelFunc'>[] {
  return [];
}
