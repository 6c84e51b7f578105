import type { TensorflowKernel } from '../kernel.js';
import { convKernels } from './conv.js';
import { depthwiseKernels } from './depthwise.js';
import { elementwiseKernels } from './elementwise.js';
import { poolingKernels } from './pooling.js';
import { resizeKernels } from './resize.js';
import { softmaxKernels } from './softmax.js';

/** Kernels of tf.js's own that are not tfjs-node's here. */
export const TFJS_KERNELS: readonly TensorflowKernel[] = [
  ...convKernels,
  ...depthwiseKernels,
  ...elementwiseKernels,
  ...poolingKernels,
  ...resizeKernels,
  ...softmaxKernels,
];
