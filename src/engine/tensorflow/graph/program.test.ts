import { expect, it } from 'vitest';
import { reducedAlone } from '../../all-reduce.js';
import { InvolveError, runFailed } from '../../../util/errors.js';
import { GraphProgram } from './program.js';
import type { PlannedProgram } from './record-program.js';
import type { SlotTable } from './slots.js';

const footprint = { processBytes: 500e6, bytesPerCall: 1e5, stateCopies: 2 };

it.each([
  // 0.95 · 64 · (8 − 0.8) / 12
  [8e9, 36],
  // It would fit, if nothing else were there.
  [16e9, 32],
])('says which batch fits where a device of %d bytes does not suffice', async (limitBytes, fits) => {
  const full = runFailed('E_OUT_OF_MEMORY', { what: 'OOM when allocating tensor with shape[64,112,112,96]' });
  const run = { runAsync: () => Promise.reject(full), dispose: () => undefined };
  const table = { session: { prepare: () => run }, bind: () => undefined, isBusy: false };
  const plan = { plannedBytes: 12e9, calls: 1000 };
  const recorded = { inputs: [], outputs: [], meetings: [], read: [], assigned: [], plan, stateBytes: 100e6 };
  let hasFailed = false;
  const program = new GraphProgram(table as unknown as SlotTable, recorded as unknown as PlannedProgram, {
    batch: 64,
    allReduce: reducedAlone,
    footprint: { ...footprint, limitBytes },
    ended: (failed) => (hasFailed = failed),
  });
  const error: unknown = await program.run({}).catch((reason: unknown) => reason);
  if (!(error instanceof InvolveError)) throw new Error('it ran');
  expect([error.code, error.exitCode]).toEqual(['E_OUT_OF_MEMORY', 1]);
  expect(error.problems).toEqual([
    {
      what: `a batch of 64, which needs about 12.8 GB, does not fit into the memory of the device (${limitBytes / 1e9}.0 GB): OOM when allocating tensor with shape[64,112,112,96]`,
      try: `train.batchSize ${fits} or less, or smaller images (data.inputSize)`,
    },
  ]);
  program.dispose();
  expect(hasFailed).toBe(true);
});
