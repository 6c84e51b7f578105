import { getKernel, registerKernel, unregisterKernel } from '../tf-core.js';
import type { KernelConfig } from '../tf-core.js';
import '../tf-cpu.js';
import { activationKernels } from './activations.js';
import { batchNormKernels } from './batch-norm.js';
import { channelKernels } from './channels.js';
import { convFilterGradientKernels } from './conv-filter-gradient.js';
import { convolutionKernels } from './convolution-add.js';
import { dropoutKernels } from './dropout.js';
import { involutionKernels } from './involution.js';
import { lossKernels } from './loss.js';
import { mirrorPadKernels } from './mirror-pad.js';
import { neighbourhoodSoftmaxKernels } from './neighbourhood-softmax.js';
import { optimizerKernels } from './optimizers.js';
import { resizeKernels } from './resize.js';
import { softmaxKernels } from './softmax.js';

/** Every kernel of `kernels.ts` in plain TypeScript: these define the numbers. */
export const referenceKernels: readonly KernelConfig[] = [
  ...activationKernels,
  ...batchNormKernels,
  ...channelKernels,
  ...convolutionKernels,
  ...dropoutKernels,
  ...involutionKernels,
  ...lossKernels,
  ...mirrorPadKernels,
  ...neighbourhoodSoftmaxKernels,
  ...optimizerKernels,
  ...resizeKernels,
  ...softmaxKernels,
];

/** Kernels of tf.js's `cpu` backend that are too slow to train with: the same bits, sooner. */
const fasterKernels: readonly KernelConfig[] = convFilterGradientKernels;
let areReplaced = false;

/** Registers them on tf.js's `cpu` backend; calling it again does nothing. */
export function registerReferenceKernels(): void {
  if (!areReplaced) {
    for (const kernel of fasterKernels) {
      unregisterKernel(kernel.kernelName, 'cpu');
      registerKernel(kernel);
    }
    areReplaced = true;
  }
  for (const kernel of referenceKernels) {
    if (!getKernel(kernel.kernelName, 'cpu')) registerKernel(kernel);
  }
}
