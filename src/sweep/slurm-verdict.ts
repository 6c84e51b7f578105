import type { SlurmTask } from './slurm-commands.js';

/**
 * What is to be done about a task: `again` for what ended without a fault of its own, before its end.
 * A run saves on SIGTERM, so trying again means going on.
 */
export type Verdict = 'queued' | 'running' | 'completed' | 'again' | 'failed';

const QUEUED = [
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
];
const RUNNING = ['RUNNING', 'COMPLETING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'STAGE_OUT', 'RESIZING'];
const AGAIN = ['CANCELLED', 'PREEMPTED', 'NODE_FAIL', 'BOOT_FAIL', 'TIMEOUT', 'DEADLINE', 'REVOKED'];
/** Exit codes of a run that was told to stop, and saved. */
const SAVED = [130, 143];

/** @param task undefined: Slurm knows nothing of it any more */
export function verdictOn(task: SlurmTask | undefined): Verdict {
  if (task === undefined || AGAIN.includes(task.state)) return 'again';
  if (QUEUED.includes(task.state)) return 'queued';
  if (RUNNING.includes(task.state)) return 'running';
  if (task.state === 'COMPLETED') return 'completed';
  return task.exitCode !== null && SAVED.includes(task.exitCode) ? 'again' : 'failed';
}
