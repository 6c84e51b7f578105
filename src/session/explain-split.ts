import { openDataset, type Dataset, type ImageSet, type SplitName } from '../data/dataset.js';
import { openBatchStream } from '../data/stream/open-batch-stream.js';
import type { Picture } from '../explain/draw/picture.js';
import type { Panel, SplitExplanation, Tile } from '../explain/explanation.js';
import { HardestImages, type ConfusedPair, type JudgedImage } from '../explain/hardest.js';
import { refuseOtherTargets } from '../tasks/task-of.js';
import { evaluate } from '../train/epoch/evaluate.js';
import { withPredictor } from '../train/predictor.js';
import { counted, fourDigits, percent } from '../util/number-text.js';
import { movedData } from './moved-data.js';
import type { OpenRun } from './open-run.js';

/** Images that are shown of each list. */
const SHOWN = 8;
/** Pairs of classes that are shown, and images of each. */
const PAIRS = 4;
const OF_PAIR = 4;
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

/** The first image of each of the first classes. */
export async function samplesOf(
  { name, set }: SplitToExplain,
  classes: readonly string[],
): Promise<{ readonly name: string; readonly pixels: Uint8Array }[]> {
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

/** The images of a split that the network is most wrong about. */
export async function explainSplit(
  opened: OpenRun,
  split: SplitToExplain,
  onProgress?: (done: number, total: number) => void,
): Promise<SplitExplanation> {
  const { classes, experiment, engine, model, task } = opened;
  const judged = new HardestImages(classes.length, SHOWN);
  const source = openBatchStream(split.set, {
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
        onBatch: ({ labels }, logits, done) => {
          judged.add(labels, logits);
          onProgress?.(done, split.set.count);
        },
      }),
    );
  } finally {
    await source.close();
  }
  const tile = async (image: JudgedImage): Promise<Tile> => ({
    picture: await pictureOf(split.set, image.index),
    caption: captionOf(image, classes),
  });
  const panelOf = async (images: readonly JudgedImage[], said: Omit<Panel, 'tiles' | 'columns'>) => {
    const tiles: Tile[] = [];
    for (const image of images) tiles.push(await tile(image));
    return { ...said, tiles, columns: 4 };
  };
  const { count, hits } = judged;
  const confused: Panel[] = [];
  for (const pair of judged.confused(PAIRS)) {
    confused.push(await panelOf(pair.examples.slice(0, OF_PAIR), saidOf(pair, classes)));
  }
  return {
    title: `Hardest images of ${split.name}`,
    text: `${counted(count, 'image')}, ${percent(hits / count)} of them taken for what they are. The number of an image is its place in the split, from 0.`,
    hardest: await panelOf(judged.hardest(), {
      title: 'The largest loss',
      text: 'What each is, what it is taken for and how surely, and its loss.',
      stem: 'hardest',
    }),
    confused,
  };
}

// --- internal ---

function saidOf(
  { label, predicted, count, of }: ConfusedPair,
  classes: readonly string[],
): Omit<Panel, 'tiles' | 'columns'> {
  return {
    title: `${classes[label]!} taken for ${classes[predicted]!}: ${count} of ${counted(of, 'image')}`,
    text: 'Those with the largest loss.',
    stem: `confused-${label}-as-${predicted}`,
  };
}

function captionOf(
  { index, label, predicted, probability, loss }: JudgedImage,
  classes: readonly string[],
): string {
  const taken = label === predicted ? '' : `, taken for ${classes[predicted]!}`;
  return `${index}: ${classes[label]!}${taken} (${percent(probability)}), loss ${fourDigits(loss)}`;
}

async function pictureOf(set: ImageSet, index: number): Promise<Picture> {
  return { width: set.size, height: set.size, pixels: await pixelsOf(set, index) };
}

async function pixelsOf(set: ImageSet, index: number): Promise<Uint8Array> {
  const out = new Uint8Array(set.size ** 2 * 3);
  if (set.decoding === undefined) set.read(index, out, 0);
  else await set.decoding.fetch(index, out, null);
  return out;
}
