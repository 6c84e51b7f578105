import { normalizationTable, normalize } from '../data/augment/normalize.js';
import type { ImageSet } from '../data/cache/image-set.js';
import { openDataset } from '../data/dataset.js';
import type { ComparedBatch } from '../exchange/agreement.js';
import { refuseOtherTargets } from '../tasks/task-of.js';
import { createPredictor } from '../train/predictor.js';
import { movedData } from './moved-data.js';
import type { OpenRun } from './open-run.js';

/** Images of a run's test split, spread evenly over it. */
export interface Sample {
  readonly count: number;
  /** Batch by batch the pixels, and what the run makes of them. */
  batches(): AsyncIterable<ComparedBatch>;
  close(): Promise<void>;
}

export interface SampleRequest {
  readonly cwd: string;
  readonly count: number;
  readonly onNote: (text: string) => void;
  /** Ends it before the next batch. */
  readonly signal?: AbortSignal;
}

/**
 * Opens the test split of a run.
 * @throws InvolveError: exit code 2 where the data has other classes, 3 where it is not there
 */
export async function openSample(
  run: OpenRun,
  { cwd, count, onNote, signal }: SampleRequest,
): Promise<Sample> {
  const dataset = await openDataset(run.experiment.data, { cwd, splits: ['test'], signal }).catch(
    (error: unknown) => {
      throw movedData(error, '--check 0 to write a file that nobody has read');
    },
  );
  try {
    refuseOtherTargets(run, dataset, run.shown);
    for (const text of dataset.notes) onNote(text);
    const { test } = dataset;
    const taken = Math.min(count, test.count);
    const indices = Array.from({ length: taken }, (_, i) => Math.floor((i * test.count) / taken));
    return {
      count: taken,
      batches: () => batchesOf(run, test, indices, signal),
      close: () => dataset.close(),
    };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

// --- internal ---

/** Images in one pass; the last one takes what is left, so that a file is read with more than one size of batch. */
const BATCH = 16;

async function* batchesOf(
  { engine, model, experiment }: OpenRun,
  test: ImageSet,
  indices: readonly number[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ComparedBatch> {
  const { size } = test;
  const bytes = size * size * 3;
  const table = normalizationTable(experiment.augment.normalize);
  const predictor = createPredictor(engine, model);
  try {
    for (let start = 0; start < indices.length; start += BATCH) {
      signal?.throwIfAborted();
      const some = indices.slice(start, start + BATCH);
      const pixels = new Uint8Array(some.length * bytes);
      for (const [i, index] of some.entries()) {
        const one = pixels.subarray(i * bytes, (i + 1) * bytes);
        if (test.decoding) await test.decoding.fetch(index, one, null);
        else test.read(index, pixels, i * bytes);
      }
      const images = new Float32Array(pixels.length);
      normalize(pixels, pixels.length, table, images, 0);
      yield { pixels, count: some.length, logits: await predictor.outputs(images, some.length, size) };
    }
  } finally {
    predictor.dispose();
  }
}
