import { machineMemory } from '../../util/machine-memory.js';
import type { Footprint } from '../footprint.js';

/** Measured: what a training process holds beside tensors (runtime, tf.js, kernels, batches being prepared). */
const PROCESS_BYTES = 140e6;

/** What a program of WebAssembly can address. */
const ADDRESSABLE_BYTES = 2 ** 32 - 2 ** 17;

/** What training holds on the embedded engine, and what there is. */
export function wasmFootprint(): Footprint {
  const limitBytes = Math.min(ADDRESSABLE_BYTES + PROCESS_BYTES, machineMemory());
  return { processBytes: PROCESS_BYTES, bytesPerCall: 0, stateCopies: 1, limitBytes };
}
