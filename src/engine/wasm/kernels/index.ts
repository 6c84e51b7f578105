import { convKernels } from './conv.js';
import type { WasmKernel } from './kernel.js';
import { matMulKernels } from './matmul.js';

/** The kernels that this engine has of its own; all others run on tf.js's CPU code. */
export const WASM_KERNELS: readonly WasmKernel[] = [...convKernels, ...matMulKernels];
