import { resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { normalizationTable, normalize } from '../../data/augment/normalize.js';
import { decodeImage } from '../../data/formats/decode-image.js';
import { BadImageError } from '../../data/source.js';
import { badInput, ExitCode, type Problem } from '../../util/errors.js';
import type { CommandRun } from '../command.js';
import { openRunModel } from '../../session/run-model.js';

/** Images in one pass of the model. */
const BATCH = 16;

interface Prediction {
  readonly image: string;
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/** `involve predict RUN IMAGE…`: classes with probabilities. */
export const run: CommandRun = async ([target, ...images], options, { print, cwd }) => {
  const opened = await openRunModel(target, cwd);
  const size = opened.experiment.data.inputSize;
  const top = Math.min((options.top as number | undefined) ?? 5, opened.classes.length);
  const pixels = await decodeAll(images, size, cwd);
  const { predictLogits } = await import('../../train/predictor.js');
  const table = normalizationTable(opened.experiment.augment.normalize);
  const predictions: Prediction[] = [];
  for (let start = 0; start < images.length; start += BATCH) {
    const some = pixels.slice(start, start + BATCH);
    const batch = new Float32Array(some.length * size * size * 3);
    some.forEach((one, i) => normalize(one, one.length, table, batch, i * one.length));
    const logits = predictLogits(opened.model, batch, some.length, size);
    some.forEach((_, i) => {
      const row = logits.subarray(i * opened.classes.length, (i + 1) * opened.classes.length);
      predictions.push({ image: images[start + i], classes: ranked(row, opened.classes).slice(0, top) });
    });
  }
  if (options.json) for (const prediction of predictions) print(JSON.stringify(prediction));
  else if (options.csv) {
    const rows = predictions.flatMap(({ image, classes }) =>
      classes.map(({ name, probability }, i) => [image, i + 1, name, probability]),
    );
    print(stringify([['image', 'rank', 'class', 'probability'], ...rows]).trimEnd());
  } else {
    for (const { image, classes } of predictions) {
      print(image);
      for (const { name, probability } of classes)
        print(`  ${(100 * probability).toFixed(1).padStart(5)} %  ${name}`);
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

/** Classes by falling probability (softmax of the logits). */
function ranked(logits: Float32Array, names: readonly string[]): { name: string; probability: number }[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (z) => Math.exp(z - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return names
    .map((name, n) => ({ name, probability: powers[n] / total }))
    .sort((a, b) => b.probability - a.probability);
}
