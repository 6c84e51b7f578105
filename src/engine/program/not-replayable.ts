import { runFailed, type InvolveError } from '../../util/errors.js';

/**
 * Why a computation cannot be recorded, which eager execution does not mind.
 * @param what a sentence about the step or the model
 */
export function notReplayable(what: string): InvolveError {
  return runFailed('E_NOT_REPLAYABLE', { what, try: '--set engine.mode=eager' });
}
