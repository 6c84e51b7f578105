import type { Problem } from '../../util/errors.js';

/** How long a worker waits for the others. */
export interface WaitingRules {
  /**
   * Seconds beyond ten times what this worker has worked since the last exchange: as much as all were to do, so that one
   * that is so much later has stopped.
   */
  readonly patienceSeconds: number;
  /** What to do about those who have not answered; what it throws is told to whoever waits. */
  readonly onSilence: (ranks: readonly number[], seconds: number) => Error;
}

/** A minute: a machine that swaps or begins to sleep takes some time for nothing. */
export const PATIENCE_SECONDS = 60;

/** What to do where training had begun. */
export const GOES_ON = '--resume goes on from the last checkpoint';

/** That somebody has not answered for so long. */
export function silence(name: string, seconds: number, advice: string): Problem {
  return {
    what: `${name} has not answered for ${Math.ceil(seconds)} seconds: it was stopped, or hangs`,
    where: 'train.workers',
    try: advice,
  };
}
