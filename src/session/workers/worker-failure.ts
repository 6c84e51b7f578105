import { InvolveError, runFailed } from '../../util/errors.js';
import { packError, type PackedError } from '../../util/packed-error.js';

/** What has gone wrong in a worker beside the first one, for the first one to tell. */
export function packedFailure(error: unknown): PackedError {
  if (error instanceof InvolveError) return packError(error);
  const what = error instanceof Error ? error.message : String(error);
  return packError(runFailed('E_WORKER', { what }), error instanceof Error ? error.stack : undefined);
}

/** The error with the worker's name before each problem. */
export function namedAfter(rank: number, error: InvolveError): InvolveError {
  const problems = error.problems.map((problem) => ({
    ...problem,
    what: `worker ${rank}: ${problem.what}`,
  }));
  return new InvolveError(error.code, error.exitCode, problems, { cause: error });
}
