import type { StepEngine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import type { EvaluationReport, ImageBatch, Task } from '../tasks/task.js';
import type { BatchSource } from '../train/batch-source.js';
import { evaluate, type Evaluation } from '../train/epoch/evaluate.js';
import { withPredictor, type Predictor } from '../train/predictor.js';

export interface SplitToExamine<B extends ImageBatch> {
  readonly engine: StepEngine;
  readonly model: LayersModel;
  readonly task: Task<B>;
  readonly source: BatchSource<B>;
  /** Height and width of the images. */
  readonly inputSize: number;
}

/** A split, and what puts its images through a model. */
export type PredictedSplit<B extends ImageBatch> = Pick<
  SplitToExamine<B>,
  'task' | 'source' | 'inputSize'
> & {
  readonly predictor: Predictor;
};

/**
 * Runs a split through a model: its metrics, and what the task says beside them.
 * @param title of pictures
 */
export async function examineSplit<B extends ImageBatch>(
  { engine, model, task, source, inputSize }: SplitToExamine<B>,
  title: string,
): Promise<Evaluation & { readonly report: EvaluationReport }> {
  return withPredictor(engine, model, (predictor) =>
    examinePredicted({ predictor, task, source, inputSize }, title),
  );
}

/** The same, by what is there already. */
export async function examinePredicted<B extends ImageBatch>(
  split: PredictedSplit<B>,
  title: string,
): Promise<Evaluation & { readonly report: EvaluationReport }> {
  const examination = split.task.examine();
  const onBatch = (batch: B, outputs: Float32Array): void => examination.add(batch, outputs);
  const { count, values } = await evaluate({ ...split, onBatch });
  return { count, values, report: examination.report(values, title) };
}
