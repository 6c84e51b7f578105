import type { WasmKernel } from './kernel.js';
import { activationKernels } from './activations.js';
import { batchNormKernels } from './batch-norm.js';
import { comparisonKernels } from './comparisons.js';
import { convKernels } from './conv.js';
import { depthwiseKernels } from './depthwise.js';
import { elementwiseKernels } from './elementwise.js';
import { gatherKernels } from './gather.js';
import { involutionKernels } from './involution.js';
import { matMulKernels } from './matmul.js';
import { padKernels } from './pads.js';
import { poolingKernels } from './pooling.js';
import { neighbourhoodSoftmaxKernels } from './neighbourhood-softmax.js';
import { reduceKernels } from './reduce.js';
import { resizeKernels } from './resize.js';
import { sliceKernels } from './slices.js';
import { softmaxKernels } from './softmax.js';
import { transposeKernels } from './transpose.js';
import { updateKernels } from './updates.js';

/** The kernels that this engine has of its own; all others run on tf.js's CPU code. */
export const WASM_KERNELS: readonly WasmKernel[] = [
  ...activationKernels,
  ...batchNormKernels,
  ...comparisonKernels,
  ...convKernels,
  ...depthwiseKernels,
  ...elementwiseKernels,
  ...gatherKernels,
  ...involutionKernels,
  ...matMulKernels,
  ...padKernels,
  ...poolingKernels,
  ...neighbourhoodSoftmaxKernels,
  ...reduceKernels,
  ...resizeKernels,
  ...sliceKernels,
  ...softmaxKernels,
  ...transposeKernels,
  ...updateKernels,
];
