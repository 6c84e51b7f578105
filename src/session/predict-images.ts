import { normalizationTable, normalize } from '../data/augment/normalize.js';
import type { Prediction } from '../tasks/task.js';
import { decodeImages } from './decode-images.js';
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
    const pixels = await decodeImages(images, experiment.data, cwd);
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
