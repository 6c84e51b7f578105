import { machineMemory } from '../../util/machine-memory.js';
import type { Footprint } from '../footprint.js';
import type { Device } from './eager.js';

/**
 * Of a processor: libtensorflow, the runtime and its threads; nodes of the graph and what executors make of them; the
 * state in the session, as it was read or given, as it is saved, and half of it under way. Measured.
 */
const ON_PROCESSOR = { processBytes: 620e6, bytesPerCall: 23e3, stateCopies: 3.5 };

/** Of a GPU: what lies in its memory alone. Not measured. */
const ON_GPU = { processBytes: 500e6, bytesPerCall: 0, stateCopies: 1 };

/** What training holds on a device, and what there is. */
export function footprintOn({ type, memoryBytes }: Device): Footprint {
  if (type === 'GPU') return { ...ON_GPU, limitBytes: memoryBytes };
  return { ...ON_PROCESSOR, limitBytes: machineMemory() };
}
