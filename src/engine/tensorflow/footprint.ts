import { machineMemory } from '../../util/machine-memory.js';
import type { Footprint } from '../footprint.js';
import type { Device } from './eager.js';

/**
 * Of a processor: libtensorflow and the runtime; nodes of the graph and of the executors made from it; the state in the
 * session, once more as it was read or given, and half a time what is under way between the two. Measured.
 */
const ON_PROCESSOR = { processBytes: 470e6, bytesPerCall: 23e3, stateCopies: 2.5 };

/** Of a GPU: what lies in its memory alone. Not measured. */
const ON_GPU = { processBytes: 500e6, bytesPerCall: 0, stateCopies: 1 };

/** What training holds on a device, and what there is. */
export function footprintOn({ type, memoryBytes }: Device): Footprint {
  if (type === 'GPU') return { ...ON_GPU, limitBytes: memoryBytes };
  return { ...ON_PROCESSOR, limitBytes: machineMemory() };
}
