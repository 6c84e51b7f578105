import { resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { normalizationTable, normalize } from '../../data/augment/normalize.js';
import { decodeImage } from '../../data/formats/decode-image.js';
import { BadImageError } from '../../data/source.js';
import type { Prediction } from '../../tasks/task.js';
import { badInput, ExitCode, type Problem } from '../../util/errors.js';
import type { CommandRun } from '../command.js';
import { openRunModel } from '../../session/run-model.js';

/** Images in one pass of the model. */
const BATCH = 16;

/** `involve predict RUN IMAGE…`: what the run's task says of each image; of a classifier, classes with probabilities. */
export const run: CommandRun = async ([target, ...images], options, { print, cwd }) => {
  const opened = await openRunModel(target, cwd);
  const size = opened.experiment.data.inputSize;
  const { task, model } = opened;
  const top = (options.top as number | undefined) ?? 5;
  const pixels = await decodeAll(images, size, cwd);
  const { predictAtOnce } = await import('../../train/predictor.js');
  const table = normalizationTable(opened.experiment.augment.normalize);
  const predictions: (Prediction & { readonly image: string })[] = [];
  for (let start = 0; start < images.length; start += BATCH) {
    const some = pixels.slice(start, start + BATCH);
    const batch = new Float32Array(some.length * size * size * 3);
    some.forEach((one, i) => normalize(one, one.length, table, batch, i * one.length));
    const outputs = predictAtOnce(model, batch, some.length, size);
    const length = outputs.length / some.length;
    some.forEach((_, i) => {
      const output = outputs.subarray(i * length, (i + 1) * length);
      predictions.push({ image: images[start + i], ...task.predict(output, top) });
    });
  }
  if (options.json) for (const { image, record } of predictions) print(JSON.stringify({ image, ...record }));
  else if (options.csv) {
    const rows = predictions.flatMap(({ image, rows }) => rows.map((cells) => [image, ...cells]));
    print(stringify([['image', ...task.predictionColumns], ...rows]).trimEnd());
  } else {
    for (const { image, lines } of predictions) {
      print(image);
      for (const line of lines) print(`  ${line}`);
    }
  }
  return ExitCode.ok;
};

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
