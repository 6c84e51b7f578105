import { availableParallelism } from 'node:os';
import { InvolveError } from '../../util/errors.js';
import type { EngineStatus } from '../contract.js';
import { WASM_KERNELS } from './kernels/index.js';
import { hasRelaxedSimd, loadKernels } from './loader.js';

/** What `engine list` and `doctor` say of the wasm engine. */
export function wasmStatus(): EngineStatus {
  const relaxed = hasRelaxedSimd();
  const detail = `embedded: ${relaxed ? 'SIMD with fused multiply-add' : 'SIMD'}, up to ${availableParallelism()} threads`;
  try {
    loadKernels(relaxed);
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return {
      name: 'wasm',
      available: false,
      detail,
      reason: error.problems[0].what,
      fix: error.problems[0].try,
    };
  }
  const names = WASM_KERNELS.map(({ name }) => name).sort();
  const reason = `${names.length} operations have kernels of their own, all others fall back on tf.js's CPU code: ${names.join(', ')}`;
  return { name: 'wasm', available: true, detail, reason };
}
