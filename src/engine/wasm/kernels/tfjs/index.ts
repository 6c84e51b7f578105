import type { WasmKernel } from '../kernel.js';
import { activationKernels } from './activations.js';
import { comparisonKernels } from './comparisons.js';
import { convKernels } from './conv.js';
import { depthwiseKernels } from './depthwise.js';
import { elementwiseKernels } from './elementwise.js';
import { gatherKernels } from './gather.js';
import { matMulKernels } from './matmul.js';
import { padKernels } from './pads.js';
import { poolingKernels } from './pooling.js';
import { reduceKernels } from './reduce.js';
import { resizeKernels } from './resize.js';
import { sliceKernels } from './slices.js';
import { softmaxKernels } from './softmax.js';
import { transposeKernels } from './transpose.js';

/** Kernels of tf.js's own that this engine computes its own way; all others run on tf.js's CPU code. */
export const TFJS_KERNELS: readonly WasmKernel[] = [
  ...activationKernels,
  ...comparisonKernels,
  ...convKernels,
  ...depthwiseKernels,
  ...elementwiseKernels,
  ...gatherKernels,
  ...matMulKernels,
  ...padKernels,
  ...poolingKernels,
  ...reduceKernels,
  ...resizeKernels,
  ...sliceKernels,
  ...softmaxKernels,
  ...transposeKernels,
];
