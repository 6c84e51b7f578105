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
