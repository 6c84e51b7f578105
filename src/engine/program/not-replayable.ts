import { runFailed, type InvolveError } from '../../util/errors.js';

/**
 * Why a computation cannot be recorded, which eager execution does not mind.
 * @param what a sentence about the step or the model
 */
export function notReplayable(what: string): InvolveError {
  return runFailed('E_NOT_REPLAYABLE', { what, try: '--set engine.mode=eager' });
}

/** Of a variable's value that a step has replaced before it reads it: nothing holds it any more. */
export function readsOldValue(variable: string): InvolveError {
  return notReplayable(`the step cannot be replayed: it reads an old value of the variable ${variable}`);
}
