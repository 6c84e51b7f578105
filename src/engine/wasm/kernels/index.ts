import type { WasmKernel } from './kernel.js';
import { batchNormKernels } from './batch-norm.js';
import { convKernels } from './conv.js';
import { depthwiseKernels } from './depthwise.js';
import { elementwiseKernels } from './elementwise.js';

import { involutionKernels } from './involution.js';
import { matMulKernels } from './matmul.js';
import { reduceKernels } from './reduce.js';
import { updateKernels } from './updates.js';

/** The kernels that this engine has of its own; all others run on tf.js's CPU code. */
export const WASM_KERNELS: readonly WasmKernel[] = [
  ...batchNormKernels,
  ...convKernels,
  ...depthwiseKernels,
  ...elementwiseKernels,
  ...involutionKernels,
  ...matMulKernels,
  ...reduceKernels,
  ...updateKernels,
];
