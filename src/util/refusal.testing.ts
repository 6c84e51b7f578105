import { expect } from 'vitest';
import { InvolveError } from './errors.js';

/** How `work` refuses its input: the error that ends it, which is one of exit code 2. */
export async function refusal(work: Promise<unknown>): Promise<InvolveError> {
  const error: unknown = await work.then(
    () => expect.fail('expected a refusal'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof InvolveError)) throw error;
  expect(error.exitCode).toBe(2);
  return error;
}

/** How `make`, which promises nothing, refuses what it was given. */
export function refusalOf(make: () => unknown): Pick<InvolveError, 'code' | 'exitCode' | 'problems'> {
  try {
    make();
  } catch (error) {
    if (error instanceof InvolveError) {
      const { code, exitCode, problems } = error;
      return { code, exitCode, problems };
    }
    throw error;
  }
  throw new Error('nothing was refused');
}
