import type { MetricValues } from '../../metrics/metric.js';
import type { ImageBatch, Task } from '../../tasks/task.js';
import type { BatchSource } from '../batch-source.js';
import type { Predictor } from '../predictor.js';

/** What a whole split came to. */
export interface Evaluation {
  /** Images. */
  readonly count: number;
  /** The task's validation metrics, by name. */
  readonly values: MetricValues;
}

export interface EvaluateOptions<B extends ImageBatch> {
  readonly predictor: Predictor;
  readonly task: Pick<Task<B>, 'validation'>;
  readonly source: BatchSource<B>;
  /** Height and width of the images. */
  readonly inputSize: number;
  /** Called after every batch with what the model put out, and how many images are done; awaited. */
  readonly onBatch?: (batch: B, outputs: Float32Array, done: number) => void | Promise<void>;
}

/** Runs a split through a model and measures it. */
export async function evaluate<B extends ImageBatch>(options: EvaluateOptions<B>): Promise<Evaluation> {
  // Without a signal it comes to its end.
  return (await evaluateUntil(options, undefined))!;
}

/** The same, undefined when `signal` fired before the last batch. */
export async function evaluateUntil<B extends ImageBatch>(
  { predictor, task, source, inputSize, onBatch }: EvaluateOptions<B>,
  signal: AbortSignal | undefined,
): Promise<Evaluation | undefined> {
  const meter = task.validation;
  let sums = meter.start;
  let count = 0;
  for (let index = 0; index < source.batchesPerEpoch; index++) {
    if (signal?.aborted) return undefined;
    const batch = await source.batch(0, index);
    const outputs = await predictor.outputs(batch.images, batch.count, inputSize);
    sums = meter.add(sums, batch, outputs);
    count += batch.count;
    await onBatch?.(batch, outputs, count);
  }
  return { count, values: meter.values(sums) };
}
