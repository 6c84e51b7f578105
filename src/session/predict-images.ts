import { resolve } from 'node:path';
import { normalizationTable, normalize } from '../data/augment/normalize.js';
import { fitOf, type Fit } from '../data/fit.js';
import { decodeFitted } from '../data/formats/decode-fitted.js';
import { BadImageError } from '../data/source.js';
import type { Prediction } from '../tasks/task.js';
import { badInput, type Problem } from '../util/errors.js';
import { openTrained } from './open-trained.js';

/** Images in one pass of the model. */
const BATCH = 16;

/** What is predicted of an image file. */
export interface ImagePrediction extends Prediction {
  readonly image: string;
}

export interface Predictions {
  /** Columns of the rows. */
  readonly columns: readonly string[];
  readonly predictions: readonly ImagePrediction[];
}

/**
 * What a trained run, or a file that was made of one, predicts of image files.
 *
 * @param top how many answers are wanted of each, where there are several
 * @throws InvolveError (exit code 2) with every image that cannot be read
 */
export async function predictImages(
  run: string,
  images: readonly string[],
  { top, cwd }: { readonly top: number; readonly cwd: string },
): Promise<Predictions> {
  const opened = await openTrained(run, { cwd, few: true });
  const { experiment, task, predictor } = opened;
  try {
    const size = experiment.data.inputSize;
    const pixels = await decodeAll(images, { size, fit: fitOf(experiment.data) }, cwd);
    const table = normalizationTable(experiment.augment.normalize);
    const predictions: ImagePrediction[] = [];
    for (let start = 0; start < images.length; start += BATCH) {
      const some = pixels.slice(start, start + BATCH);
      const batch = new Float32Array(some.length * size * size * 3);
      some.forEach((one, i) => normalize(one, one.length, table, batch, i * one.length));
      const outputs = await predictor.outputs(batch, some.length, size);
      const length = outputs.length / some.length;
      some.forEach((_, i) => {
        const { record, rows, lines } = task.predict(outputs.subarray(i * length, (i + 1) * length), top);
        predictions.push({ image: images[start + i], record, rows, lines });
      });
    }
    return { columns: task.predictionColumns, predictions };
  } finally {
    await opened.close();
  }
}

// --- internal ---

/** Decodes every image before the model runs, so that all bad ones are told at once. */
async function decodeAll(
  images: readonly string[],
  { size, fit }: { readonly size: number; readonly fit: Fit },
  cwd: string,
): Promise<Uint8Array[]> {
  const problems: Problem[] = [];
  const pixels: Uint8Array[] = [];
  for (const image of images) {
    const out = new Uint8Array(size * size * 3);
    try {
      await decodeFitted(resolve(cwd, image), fit, size, out);
    } catch (error) {
      if (!(error instanceof BadImageError)) throw error;
      problems.push({ what: `not an image that can be read: ${error.message}`, where: image });
    }
    pixels.push(out);
  }
  if (problems.length > 0) throw badInput('E_BAD_IMAGE', problems);
  return pixels;
}
