import { machineMemory } from '../../util/machine-memory.js';
import type { Footprint } from '../footprint.js';

/** Measured: what a training process holds beside tensors (runtime, tf.js, kernels, threads that prepare batches). */
const PROCESS_BYTES = 290e6;

/** What a program of WebAssembly can address. */
const ADDRESSABLE_BYTES = 2 ** 32 - 2 ** 17;

/** As it is used and as it is saved. */
const STATE_COPIES = 2;

/** What training holds on the embedded engine, and what there is. */
export function wasmFootprint(): Footprint {
  return {
    processBytes: PROCESS_BYTES,
    bytesPerCall: 0,
    stateCopies: STATE_COPIES,
    limitBytes: machineMemory(),
    engineBytes: ADDRESSABLE_BYTES,
  };
}
