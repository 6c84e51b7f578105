import { totalmem } from 'node:os';

/** Bytes of memory that this process may use at most: the machine's, or what its control group leaves of it. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  // Zero where nobody says, and more than any machine has where there is no limit.
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}
