import { expect, it } from 'vitest';
import { InvolveError } from '../../util/errors.js';
import { refuseHugeBatch } from './refuse-huge-batch.js';

it('refuses a batch that no array can hold, and says which one fits', () => {
  expect(() => refuseHugeBatch(7000, 224)).not.toThrow();
  let error: unknown;
  try {
    refuseHugeBatch(1_000_000, 224);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(InvolveError);
  const { code, exitCode, problems } = error as InvolveError;
  expect([code, exitCode]).toEqual(['E_OUT_OF_MEMORY', 1]);
  expect(problems[0]).toEqual({
    what: 'a batch of 1000000 images of 224×224 is 602.1 GB of pixels, and at most 4.3 GB go into one',
    try: 'train.batchSize 7133 or less, or smaller images (data.inputSize)',
  });
});
