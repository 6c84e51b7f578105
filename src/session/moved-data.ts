import { InvolveError } from '../util/errors.js';

/**
 * What is said where a run's data is not found by a command whose flag `--data` says where it lies: drawn images in its
 * place would tell nothing of the run.
 * @param otherwise what else the user may do
 */
export function movedData(error: unknown, otherwise?: string): unknown {
  if (!(error instanceof InvolveError) || !['E_DATA_MISSING', 'E_DATA_DIR'].includes(error.code))
    return error;
  const problems = error.problems.map(({ what, where }) => ({
    what,
    where,
    try: ['--data FOLDER, where it lies now', ...(otherwise === undefined ? [] : [otherwise])].join(', or '),
  }));
  return new InvolveError(error.code, error.exitCode, problems, { cause: error });
}
