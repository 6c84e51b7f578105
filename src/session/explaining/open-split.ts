import { openDataset, type Dataset, type ImageSet, type SplitName } from '../../data/dataset.js';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import type { Picture } from '../../explain/draw/picture.js';
import { refuseOtherTargets, type DataBatch } from '../../tasks/task-of.js';
import { evaluate } from '../../train/epoch/evaluate.js';
import { withPredictor } from '../../train/predictor.js';
import { movedData } from '../moved-data.js';
import type { OpenRun } from '../open-run.js';

/** Images that are shown of each list. */
export const SHOWN = 8;
/** Pairs of classes that are shown, and images of each. */
export const PAIRS = 4;
export const OF_PAIR = 4;
/** Samples of a split, where no image is named. */
const SAMPLES = 4;

/** A split of a run's data, open. */
export interface SplitToExplain {
  readonly name: SplitName;
  readonly set: ImageSet;
  close(): Promise<void>;
}

/** @throws InvolveError: exit code 2 where the data has other classes than the run, or no such images, 3 where it is not here */
export async function openSplit(
  opened: OpenRun,
  name: SplitName,
  { cwd, onNote }: { readonly cwd: string; readonly onNote: (text: string) => void },
): Promise<SplitToExplain> {
  const dataset: Dataset = await openDataset(opened.experiment.data, { cwd, splits: [name] }).catch(
    (error: unknown) => {
      throw movedData(error);
    },
  );
  try {
    refuseOtherTargets(opened, dataset, opened.shown);
    for (const text of dataset.notes) onNote(text);
    return { name, set: dataset[name], close: () => dataset.close() };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

/** An image to be explained. */
export interface Subject {
  readonly name: string;
  readonly pixels: Uint8Array;
  /** The class of each pixel, where it is known. */
  readonly truth?: Uint8Array;
}

/** The first image of each of the first classes; of images with masks, which show several, the first ones. */
export async function samplesOf(
  { name, set }: SplitToExplain,
  classes: readonly string[],
): Promise<readonly Subject[]> {
  if (set.readMask !== undefined) {
    return Promise.all(
      Array.from({ length: Math.min(SAMPLES, set.count) }, async (_, index) => {
        const truth = new Uint8Array(set.size ** 2);
        set.readMask!(index, truth, 0);
        return { name: `${name} image ${index}`, pixels: await pixelsOf(set, index), truth };
      }),
    );
  }
  const chosen = classes
    .map((title, label) => ({ title, index: set.labels.indexOf(label) }))
    .filter(({ index }) => index >= 0)
    .slice(0, SAMPLES);
  return Promise.all(
    chosen.map(async ({ title, index }) => ({
      name: `${name} image ${index}, ${title}`,
      pixels: await pixelsOf(set, index),
    })),
  );
}

/** Puts all images of a split through the network. */
export async function judgeSplit(
  { experiment, engine, model, task }: OpenRun,
  { set }: SplitToExplain,
  judge: (batch: DataBatch, logits: Float32Array) => void,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const source = openBatchStream(set, {
    batchSize: experiment.train.batchSize,
    seed: experiment.train.seed,
    augment: experiment.augment,
    training: false,
    workers: experiment.data.workers,
  });
  try {
    await withPredictor(engine, model, (predictor) =>
      evaluate({
        predictor,
        task,
        source,
        inputSize: experiment.data.inputSize,
        onBatch: (batch, logits, done) => {
          judge(batch, logits);
          onProgress?.(done, set.count);
        },
      }),
    );
  } finally {
    await source.close();
  }
}

/** An image of a split, as the network sees it. */
export async function pictureOf(set: ImageSet, index: number): Promise<Picture> {
  return { width: set.size, height: set.size, pixels: await pixelsOf(set, index) };
}

// --- internal ---

async function pixelsOf(set: ImageSet, index: number): Promise<Uint8Array> {
  const out = new Uint8Array(set.size ** 2 * 3);
  if (set.decoding === undefined) set.read(index, out, 0);
  else await set.decoding.fetch(index, out, null);
  return out;
}
