import { engine as tfjs, memory } from '../tf-core.js';
import { availableParallelism } from 'node:os';
import type { Engine, EngineRequest } from '../contract.js';
import { onBackend, useBackend } from '../current-backend.js';
import { registerReferenceKernels } from '../reference/register.js';
import { wasmFootprint } from './footprint.js';
import { recordProgram } from './record-program.js';
import { WASM_BACKEND, registerWasmBackend } from './register.js';

/** Opens the wasm engine. There is one backend in a process: its threads are those of the first opening. */
export function openWasmEngine({
  threads,
  mode = 'replay',
}: Pick<EngineRequest, 'threads' | 'mode'>): Engine {
  registerReferenceKernels();
  const backend = registerWasmBackend({ threads: threads ?? availableParallelism() });
  const { pool, relaxedSimd, sharedMemory } = backend;
  const simd = relaxedSimd ? 'SIMD with fused multiply-add' : 'SIMD';
  return {
    name: 'wasm',
    device: 'cpu',
    threads: pool.threads,
    mode,
    description: `wasm (${simd}, ${pool.threads} thread${pool.threads === 1 ? '' : 's'})`,
    use: () => useBackend(WASM_BACKEND),
    run: (work) => onBackend(WASM_BACKEND, work),
    record: (spec) => onBackend(WASM_BACKEND, () => recordProgram(backend, spec)),
    blank: (shape) => tfjs().makeTensorFromTensorInfo(backend.output(shape), backend),
    memory: () => ({ bytes: memory().numBytes, peakBytes: sharedMemory.peakBytes }),
    fallbacks: () => backend.fallbacks,
    footprint: wasmFootprint(),
  };
}
