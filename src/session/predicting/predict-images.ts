import { normalizationTable, normalize } from '../../data/augment/normalize.js';
import { fitOf } from '../../data/fit.js';
import type { Prediction } from '../../tasks/task.js';
import { badInput, type Problem } from '../../util/errors.js';
import { problemOfImage } from '../decode-images.js';
import { openTrained, type Trained } from '../open-trained.js';
import { PLAIN, withViews, type Views } from './views.js';
import { MaskWriter, type MaskFiles, type PredictedMask } from './write-mask.js';

/** Images in one pass of the model. */
const BATCH = 16;

/** What is predicted of an image file. */
export interface ImagePrediction extends Prediction {
  readonly image: string;
  /** The file that the mask was written to. */
  readonly file?: string;
}

export interface PredictionRequest {
  /** How many answers are wanted of each image, where there are several. */
  readonly top: number;
  readonly cwd: string;
  readonly views?: Views;
  /** Where predicted masks are kept; nowhere, where this is left out. */
  readonly masks?: MaskFiles;
  /** Is handed the predictions as they come, in the order of the images. */
  readonly onPredicted: (predictions: readonly ImagePrediction[], columns: readonly string[]) => void;
}

/**
 * What trained runs, or files that were made of them, predict of image files; several predict together, by the mean of
 * what each says.
 *
 * @returns a problem for every image that cannot be read, of which nothing is predicted
 * @throws InvolveError (exit code 2) where runs tell other classes apart
 */
export async function predictImages(
  runs: readonly string[],
  images: readonly string[],
  { top, cwd, views = PLAIN, masks, onPredicted }: PredictionRequest,
): Promise<readonly Problem[]> {
  let problems: readonly Problem[] = [];
  const writer = masks && new MaskWriter(masks, cwd);
  let classes: readonly string[] | undefined;
  // Of all runs but the last, which answers at once. One model is in the memory at a time.
  const before: (readonly (Float32Array | undefined)[])[] = [];
  for (const [i, run] of runs.entries()) {
    const opened = await openTrained(run, { cwd, few: images.length <= BATCH });
    try {
      if (masks !== undefined && opened.task.target.perPixel !== true) throw noMasks(run);
      classes ??= opened.classes;
      if (classes.join('\n') !== opened.classes.join('\n')) throw otherClasses(runs[0], run);
      const outputs: (Float32Array | undefined)[] = [];
      const isLast = i === runs.length - 1;
      problems = await eachBatch(opened, images, { cwd, views }, async (batch) => {
        outputs.push(...batch);
        if (!isLast) return;
        const start = outputs.length - batch.length;
        const predictions: ImagePrediction[] = [];
        for (const [b, own] of batch.entries()) {
          if (own === undefined) continue;
          const all = [...before.map((each) => each[start + b]!), own];
          const output = all.length === 1 ? own : opened.task.mean(all);
          const image = images[start + b];
          const prediction = opened.task.predict(output, top);
          const file = await writer?.write({ image, mask: prediction.mask!, ...squareOf(opened) });
          predictions.push({ image, ...prediction, ...(file !== undefined && { file }) });
        }
        onPredicted(predictions, opened.task.predictionColumns);
      });
      before.push(outputs);
    } finally {
      await opened.close();
    }
  }
  return problems;
}

// --- internal ---

/** Puts images through a model, batch by batch; undefined stands for one that cannot be read. */
async function eachBatch(
  { experiment, task, predictor: plain }: Trained,
  images: readonly string[],
  { cwd, views }: { readonly cwd: string; readonly views: Views },
  take: (outputs: readonly (Float32Array | undefined)[]) => Promise<void>,
): Promise<readonly Problem[]> {
  const predictor = withViews(plain, task, views);
  const size = experiment.data.inputSize;
  const fit = fitOf(experiment.data);
  const table = normalizationTable(experiment.augment.normalize);
  const length = size * size * 3;
  const problems: Problem[] = [];
  const pixels = new Uint8Array(length);
  for (let start = 0; start < images.length; start += BATCH) {
    const some = images.slice(start, start + BATCH);
    const batch = new Float32Array(some.length * length);
    const places: (number | undefined)[] = [];
    let count = 0;
    for (const image of some) {
      const problem = await problemOfImage(image, cwd, fit, size, pixels);
      if (problem !== undefined) problems.push(problem);
      else normalize(pixels, length, table, batch, count * length);
      places.push(problem === undefined ? count++ : undefined);
    }
    const outputs =
      count > 0
        ? await predictor.outputs(batch.subarray(0, count * length), count, size)
        : new Float32Array();
    const width = outputs.length / count;
    await take(
      places.map((place) =>
        place === undefined ? undefined : outputs.slice(place * width, (place + 1) * width),
      ),
    );
  }
  return problems;
}

/** The square that a model sees of an image. */
function squareOf({ experiment: { data } }: Trained): Pick<PredictedMask, 'fit' | 'size'> {
  return { fit: fitOf(data), size: data.inputSize };
}

function noMasks(run: string): Error {
  return badInput('E_PREDICT_MASKS', {
    what: `${run} says one class of each image, and no masks`,
    where: run,
    try: 'leave --masks and --overlay out, or name a run that was trained on masks',
  });
}

function otherClasses(first: string, run: string): Error {
  return badInput('E_PREDICT_CLASSES', {
    what: `${run} tells other classes apart than ${first}, so they cannot predict together`,
    where: run,
    try: 'runs on the same data',
  });
}
