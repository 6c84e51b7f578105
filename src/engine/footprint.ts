import type { ProgramPlan } from './program/program.js';

/** What a process that trains holds on an engine beside what its step is planned to need. */
export interface Footprint {
  /** Bytes of a process that trains next to nothing: runtime, libraries, batches being prepared. */
  readonly processBytes: number;
  /** Bytes that stand for each call of a kernel, however small its tensors. */
  readonly bytesPerCall: number;
  /** How many times weights, moving statistics, optimizer slots and averages are held. */
  readonly stateCopies: number;
  /** Bytes that there are for all of it. */
  readonly limitBytes: number;
  /** Bytes that the engine can hold of that, the state once and a step; undefined: as many as there are. */
  readonly engineBytes?: number;
}

/** The memory that training needs. */
export interface MemoryNeed {
  readonly bytes: number;
  /** The largest batch, up to the one that was planned, that fits; 0: not one image. */
  readonly largestBatch: number;
}

/**
 * What training with a planned step needs, and whether that fits.
 * @param stateBytes of one copy of the state
 * @param batch images of the planned step
 */
export function memoryNeed(
  { processBytes, bytesPerCall, stateCopies, limitBytes, engineBytes = Infinity }: Footprint,
  { plannedBytes, calls }: Pick<ProgramPlan, 'plannedBytes' | 'calls'>,
  stateBytes: number,
  batch: number,
): MemoryNeed {
  const fixed = processBytes + calls * bytesPerCall + stateCopies * stateBytes;
  const bytes = fixed + plannedBytes;
  const room = Math.min(limitBytes - fixed, engineBytes - stateBytes);
  return { bytes, largestBatch: plannedBytes <= room ? batch : largestFitting(plannedBytes, room, batch) };
}

/** The largest batch whose step fits into the room there is, where one with `batch` images does not. */
export function largestFitting(plannedBytes: number, room: number, batch: number): number {
  // Nearly all of a step are activations, which are as many as there are images; gradients and scratch are not.
  return Math.max(0, Math.floor((0.95 * batch * room) / plannedBytes));
}

/** What to try where a batch was too large and one of `fits` images is not. */
export function smallerBatch(fits: number): string {
  const smaller = 'smaller images (data.inputSize)';
  return fits > 0 ? `train.batchSize ${fits} or less, or ${smaller}` : smaller;
}
