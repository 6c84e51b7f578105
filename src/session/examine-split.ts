import type { StepEngine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import type { EvaluationReport, ImageBatch, Task } from '../tasks/task.js';
import type { BatchSource } from '../train/batch-source.js';
import { evaluate, type Evaluation } from '../train/epoch/evaluate.js';
import { withPredictor } from '../train/predictor.js';

export interface SplitToExamine<B extends ImageBatch> {
  readonly engine: StepEngine;
  readonly model: LayersModel;
  readonly task: Task<B>;
  readonly source: BatchSource<B>;
  /** Height and width of the images. */
  readonly inputSize: number;
}

/**
 * Runs a split through a model: its metrics, and what the task says beside them.
 * @param title of pictures
 */
export async function examineSplit<B extends ImageBatch>(
  { engine, model, task, source, inputSize }: SplitToExamine<B>,
  title: string,
): Promise<Evaluation & { readonly report: EvaluationReport }> {
  const examination = task.examine();
  const onBatch = (batch: B, outputs: Float32Array): void => examination.add(batch, outputs);
  const { count, values } = await withPredictor(engine, model, (predictor) =>
    evaluate({ predictor, task, source, inputSize, onBatch }),
  );
  return { count, values, report: examination.report(values, title) };
}
