import { InvolveError } from '../../util/errors.js';

/** Does `work`; where the data cannot tell, its errors say too that `flag` can. */
export async function orSay<T>(flag: string, work: () => Promise<T>): Promise<T> {
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
