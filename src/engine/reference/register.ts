import { KERNELS } from '../kernels/index.js';
import { type KernelConfig, getKernel, registerKernel, unregisterKernel } from '../tf-core.js';
import '../tf-cpu.js';
import { convFilterGradient } from './conv-filter-gradient.js';
import { referenceKernel } from './reference-kernel.js';

/** Kernels of tf.js's `cpu` backend that are too slow to train with: the same bits, sooner. */
const TFJS_KERNELS: readonly KernelConfig[] = [convFilterGradient];
let areReplaced = false;

/** Registers every kernel of the contract by its reference numbers on tf.js's `cpu` backend; again does nothing. */
export function registerReferenceKernels(): void {
  if (!areReplaced) {
    for (const kernel of TFJS_KERNELS) {
      unregisterKernel(kernel.kernelName, 'cpu');
      registerKernel(kernel);
    }
    areReplaced = true;
  }
  for (const kernel of KERNELS) {
    if (!getKernel(kernel.name, 'cpu')) registerKernel(referenceKernel(kernel));
  }
}
