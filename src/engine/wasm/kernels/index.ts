import type { WasmKernel } from './kernel.js';

export const WASM_KERNELS: readonly WasmKernel[] = [];
