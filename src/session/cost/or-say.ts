import { InvolveError } from '../../util/errors.js';

/** Does `work`; where the data cannot tell, its errors say too that `flag` can, if the command has one. */
export async function orSay<T>(flag: string | undefined, work: () => Promise<T>): Promise<T> {
  if (flag === undefined) return work();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    throw new InvolveError(
      error.code,
      error.exitCode,
      error.problems.map((problem) => ({
        ...problem,
        try: [problem.try, flag].filter(Boolean).join('; or say '),
      })),
    );
  }
}
