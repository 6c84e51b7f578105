import { setBackend } from '../tf-core.js';
import { registerReferenceKernels } from '../reference/register.js';
import type { ExecutionMode } from '../record.js';
import type { WasmBackendOptions } from './backend.js';
import { WASM_BACKEND, registerWasmBackend } from './register.js';

/** The wasm engine, ready for use. */
export interface OpenWasmBackend {
  readonly threads: number;
  /** Whether the kernels use the fused multiply-add of relaxed SIMD. */
  readonly relaxedSimd: boolean;
  /** The most bytes of tensors and scratch memory that were in use at one time. */
  peakBytes(): number;
  /** Calls, by kernel name, that a plain TypeScript or tf.js CPU kernel served. */
  fallbacks(): ReadonlyMap<string, number>;
}

/** Registers the wasm backend and makes it tf.js's current one. */
export async function openWasmBackend(
  options: WasmBackendOptions = {},
  mode: ExecutionMode = 'replay',
): Promise<OpenWasmBackend> {
  registerReferenceKernels();
  const backend = registerWasmBackend(options);
  backend.replays = mode === 'replay';
  await setBackend(WASM_BACKEND);
  return {
    threads: backend.pool.threads,
    relaxedSimd: backend.relaxedSimd,
    peakBytes: () => backend.sharedMemory.peakBytes,
    fallbacks: () => backend.fallbacks,
  };
}
