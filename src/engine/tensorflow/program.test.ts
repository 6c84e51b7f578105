import { expect, it } from 'vitest';
import { InvolveError, runFailed } from '../../util/errors.js';
import { GraphProgram } from './program.js';
import type { RecordedProgram } from './record-program.js';
import type { SlotTable } from './slots.js';

it('says which batch to try where the memory of the device does not suffice', async () => {
  const full = runFailed('E_OUT_OF_MEMORY', { what: 'OOM when allocating tensor with shape[64,112,112,96]' });
  const run = { runAsync: () => Promise.reject(full), dispose: () => undefined };
  const table = { session: { prepare: () => run }, bind: () => undefined, isBusy: false };
  const recorded = { inputs: [], outputs: [], read: [], assigned: [] };
  let hasFailed = false;
  const program = new GraphProgram(
    table as unknown as SlotTable,
    recorded as unknown as RecordedProgram,
    64,
    (failed) => (hasFailed = failed),
  );
  const error: unknown = await program.run({}).catch((reason: unknown) => reason);
  if (!(error instanceof InvolveError)) throw new Error('it ran');
  expect([error.code, error.exitCode]).toEqual(['E_OUT_OF_MEMORY', 1]);
  expect(error.problems).toEqual([
    {
      what: 'a batch of 64 does not fit into the memory of the device: OOM when allocating tensor with shape[64,112,112,96]',
      try: 'train.batchSize 32, which needs about half of it, or smaller images (data.inputSize)',
    },
  ]);
  program.dispose();
  expect(hasFailed).toBe(true);
});
