import { availableParallelism } from 'node:os';
import type { Workload } from '../../data/stream/batch-stream.js';
import type { EpochResult } from '../../train/events.js';

/** Above this share of a step's time somebody may want to hear of what was waited for. */
const WORTH_TELLING = 0.05;

/** Of fewer batches the first, which threads that are just starting make, tell too much. */
const FEWEST = 20;

/** How many threads the system's pool has where the environment does not say. */
const USUAL_POOL = 4;

/**
 * What to tell where steps waited for their batches: how many threads would have made them in time. Undefined where
 * they hardly waited, where there were few, and where the batches were made by no thread.
 *
 * @param cores of this machine
 * @param pool threads of the system's pool, in which images are decoded
 */
export function loadingNote(
  { dataMs, stepMs }: Pick<EpochResult, 'dataMs' | 'stepMs'>,
  workload: Workload | undefined,
  cores: number = availableParallelism(),
  pool: number = Number(process.env.UV_THREADPOOL_SIZE ?? USUAL_POOL),
): string | undefined {
  if (workload === undefined || workload.batches < FEWEST || stepMs === 0) return undefined;
  if (dataMs <= WORTH_TELLING * stepMs) return undefined;
  const { workers, batchMs } = workload;
  const share = Math.round((100 * dataMs) / stepMs);
  const waited = `each step of ${milliseconds(stepMs)} waited ${milliseconds(dataMs)} (${share} %) for its batch, which takes a thread ${milliseconds(batchMs)} to make`;
  const enough = Math.ceil(batchMs / stepMs);
  if (enough > cores) {
    return `${waited}: data.workers would have to be ${enough}, and this machine has ${cores} cores`;
  }
  // As many as should do, and steps wait all the same: the threads and the step want the same cores, or the disk.
  if (enough <= workers) {
    return `${waited}: ${workers} ${workers === 1 ? 'thread' : 'threads'} should do (data.workers), but the step and the disk take their share`;
  }
  const limit = workload.decodes && enough > pool;
  const wider = limit ? `, with UV_THREADPOOL_SIZE=${enough} in the environment` : '';
  return `${waited}: data.workers=${enough} would do${wider}, and it is ${workers}`;
}

// --- internal ---

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
