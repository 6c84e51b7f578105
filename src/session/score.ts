import { ConfusionMatrix } from '../metrics/confusion.js';
import { writeConfusion } from '../runs/record/confusion-csv.js';
import type { Measured } from '../runs/record/measured.js';
import { loadCheckpoint } from '../runs/read-run.js';
import { runPaths } from '../runs/run-paths.js';
import type { LayersModel } from '../engine/tf.js';
import { fromStored } from '../train/checkpoint-tensors.js';
import { evaluate, type EvaluationStream } from '../train/evaluate.js';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import { restoreWeights } from '../train/state.js';
import { keyed } from './epoch-record.js';

/**
 * Puts the best checkpoint into the model, runs validation once more and writes confusion.csv of it.
 * @returns how the best weights do on validation, each metric under its key; undefined where there are none
 */
export async function scoreBest(
  dir: string,
  model: LayersModel,
  validation: EvaluationStream,
  classes: readonly string[],
  inputSize: number,
): Promise<Measured | undefined> {
  const file = await loadCheckpoint(dir, 'best');
  if (!file) return undefined;
  const source = runPaths(dir).checkpoint('best');
  restoreWeights(model, fromStored(file, source).tensors, source);
  const matrix = new ConfusionMatrix(classes);
  const scores = (await evaluate(model, validation, inputSize, (logits, labels) =>
    matrix.update(logits, labels),
  ))!;
  await writeConfusion(dir, matrix);
  const { loss, top1, top5 } = scores;
  return keyed('val', classificationMetrics.validation, { loss, top1, top5 });
}
