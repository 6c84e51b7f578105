import { ConfusionMatrix } from '../../metrics/confusion.js';
import { writeConfusion } from '../../runs/confusion-file.js';
import { loadCheckpoint } from '../../runs/read-run.js';
import { runPaths } from '../../runs/run-paths.js';
import type { StepEngine } from '../../engine/engine.js';
import type { LayersModel } from '../../engine/tf.js';
import { fromStored } from '../../train/checkpoint-tensors.js';
import { evaluate, type EvaluationStream } from '../../train/evaluate.js';
import { withPredictor } from '../../train/predictor.js';
import { restoreWeights } from '../../train/state.js';

/** How the best weights of a run do on validation. */
export interface BestScore {
  readonly valLoss: number;
  readonly valTop1: number;
  readonly valTop5: number;
}

/** Puts the best checkpoint into the model, runs validation once more and writes confusion.csv of it. */
export async function scoreBest(
  engine: StepEngine,
  dir: string,
  model: LayersModel,
  validation: EvaluationStream,
  classes: readonly string[],
  inputSize: number,
): Promise<BestScore | undefined> {
  const file = await loadCheckpoint(dir, 'best');
  if (!file) return undefined;
  const source = runPaths(dir).checkpoint('best');
  restoreWeights(model, fromStored(file, source).tensors, source);
  const matrix = new ConfusionMatrix(classes);
  const scores = (await withPredictor(engine, model, (predictor) =>
    evaluate(predictor, validation, inputSize, (logits, labels) => matrix.update(logits, labels)),
  ))!;
  await writeConfusion(dir, matrix);
  return { valLoss: scores.loss, valTop1: scores.top1, valTop5: scores.top5 };
}
