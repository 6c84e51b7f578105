import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Experiment } from '../../config/schema.js';
import { openReference } from '../../engine/testing.js';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import { createRun, openRunForReading, type Run } from '../../runs/run-folder.js';
import { fromStored } from '../../train/checkpoint-tensors.js';
import { runTiny } from '../../train/testing.js';
import { RunRecorder, type Begin } from './run-recorder.js';

let dir: string;
beforeAll(openReference);
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'involve-kept-')), 'run');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true }));

/** The epochs that a resume of the run as it lies there would go on with, after making sure that they are whole. */
async function resumable(): Promise<readonly number[]> {
  const record = await openRunForReading(dir);
  const last = await record.checkpoint('last');
  const { kept = [] } = last ? fromStored(last, 'last').progress : {};
  for (const { epoch, value } of kept) {
    const state = fromStored((await record.checkpoint(`epoch-${epoch}`))!, 'kept');
    expect(state.progress.epoch).toBe(epoch);
    expect(state.progress.kept).toContainEqual({ epoch, value });
  }
  return kept.map(({ epoch }) => epoch);
}

it('whenever a run is killed, the best epochs that its last state knows of are there', async () => {
  const run = await createRun({ dir, config: 'name: a\n', environment: {} });
  const seen: (readonly number[])[] = [];
  // After each write, and each removal, as a process that is killed there leaves the folder.
  const watched = {
    ...run,
    saveCheckpoint: async (...args: Parameters<Run['saveCheckpoint']>) => {
      await run.saveCheckpoint(...args);
      seen.push(await resumable());
    },
    keepEpochs: async (epochs: readonly number[]) => {
      await run.keepEpochs(epochs);
      seen.push(await resumable());
    },
  };
  const parts = { metrics: classificationMetrics } as unknown as Begin;
  const recorder = new RunRecorder(watched, {} as Experiment, parts, undefined, undefined, []);
  const { outcome } = await runTiny({
    config: { epochs: 7 },
    // States are saved less often than epochs end: what is kept is ahead of what a resume goes on from.
    checkpoint: { keep: 2, best: 'val_loss', every: { epochs: 2 } },
    onEvent: (event) => recorder.record(event),
  });
  await run.close();
  const kept = outcome.progress.kept!.map(({ epoch }) => epoch);
  expect(seen.at(-1)).toEqual(kept);
  // From the first state of two epochs on there are two.
  const first = seen.findIndex((epochs) => epochs.length === 2);
  expect(first).toBeGreaterThan(0);
  expect(seen.slice(first).every((epochs) => epochs.length === 2)).toBe(true);
  const files = readdirSync(join(dir, 'checkpoints')).filter((file) => file.startsWith('epoch'));
  expect(files.sort()).toEqual(kept.map((epoch) => `epoch-${epoch}.safetensors`).sort());
});
