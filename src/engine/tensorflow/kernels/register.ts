import { getKernel, registerKernel, unregisterKernel } from '../../tf-core.js';
import { activationKernels } from './activations.js';
import { batchNormKernels } from './batch-norm.js';
import { channelKernels } from './channels.js';
import { convolutionKernels } from './convolutions.js';
import { dropoutKernels } from './dropout.js';
import { elementwiseKernels } from './elementwise.js';
import { involutionKernels } from './involution.js';
import type { KernelOptions, TensorflowKernel } from './kernel.js';
import { lossKernels } from './loss.js';
import { optimizerKernels } from './optimizers.js';
import { poolingKernels } from './pooling.js';
import { resizeKernels } from './resize.js';
import { softmaxKernels } from './softmax.js';

/** The kernels that the engine adds to those of tfjs-node, or has instead of them. */
export function tensorflowKernels(options: KernelOptions): TensorflowKernel[] {
  return [
    ...activationKernels(options),
    ...batchNormKernels(options),
    ...channelKernels(options),
    ...convolutionKernels(options),
    ...dropoutKernels,
    ...elementwiseKernels,
    ...involutionKernels(options),
    ...lossKernels,
    ...optimizerKernels(options),
    ...poolingKernels(options),
    ...resizeKernels,
    ...softmaxKernels(options),
  ];
}

/** Registers them for a backend of tf.js, over those of the same names that it has. */
export function registerTensorflowKernels(backendName: string, options: KernelOptions): void {
  for (const { kernelName, kernelFunc } of tensorflowKernels(options)) {
    if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
    registerKernel({ kernelName, backendName, kernelFunc });
  }
}
