import { resolve } from 'node:path';
import { normalizationTable, normalize } from '../data/augment/normalize.js';
import { decodeImage } from '../data/formats/decode-image.js';
import { BadImageError } from '../data/source.js';
import { predictLogits } from '../train/predictor.js';
import { badInput, type Problem } from '../util/errors.js';
import { openRun } from './open-run.js';

/** Images in one pass of the model. */
const BATCH = 16;

/** The classes of an image, the most probable first. */
export interface Prediction {
  readonly image: string;
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/**
 * Classifies image files with a trained run.
 *
 * @param top classes to name of each image
 * @throws InvolveError (exit code 2) with every image that cannot be read
 */
export async function predictImages(
  run: string,
  images: readonly string[],
  { top, cwd }: { readonly top: number; readonly cwd: string },
): Promise<Prediction[]> {
  const opened = await openRun(run, cwd);
  const { experiment, classes, model } = opened;
  try {
    const size = experiment.data.inputSize;
    const pixels = await decodeAll(images, size, cwd);
    const table = normalizationTable(experiment.augment.normalize);
    const predictions: Prediction[] = [];
    for (let start = 0; start < images.length; start += BATCH) {
      const some = pixels.slice(start, start + BATCH);
      const batch = new Float32Array(some.length * size * size * 3);
      some.forEach((one, i) => normalize(one, one.length, table, batch, i * one.length));
      const logits = predictLogits(model, batch, some.length, size);
      some.forEach((_, i) => {
        const row = logits.subarray(i * classes.length, (i + 1) * classes.length);
        predictions.push({ image: images[start + i], classes: ranked(row, classes).slice(0, top) });
      });
    }
    return predictions;
  } finally {
    await opened.close();
  }
}

// --- internal ---

/** Decodes every image before the model runs, so that all bad ones are told at once. */
async function decodeAll(images: readonly string[], size: number, cwd: string): Promise<Uint8Array[]> {
  const problems: Problem[] = [];
  const pixels: Uint8Array[] = [];
  for (const image of images) {
    const out = new Uint8Array(size * size * 3);
    try {
      await decodeImage(resolve(cwd, image), size, out);
    } catch (error) {
      if (!(error instanceof BadImageError)) throw error;
      problems.push({ what: `not an image that can be read: ${error.message}`, where: image });
    }
    pixels.push(out);
  }
  if (problems.length > 0) throw badInput('E_BAD_IMAGE', problems);
  return pixels;
}

/** Classes by falling probability (softmax of the logits). */
function ranked(logits: Float32Array, names: readonly string[]): { name: string; probability: number }[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (z) => Math.exp(z - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return names
    .map((name, n) => ({ name, probability: powers[n] / total }))
    .sort((a, b) => b.probability - a.probability);
}
