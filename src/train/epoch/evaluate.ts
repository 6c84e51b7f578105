import type { MetricValues } from '../../metrics/metric.js';
import type { ImageBatch, Sums, Task } from '../../tasks/task.js';
import { partOf } from '../../data/stream/share.js';
import type { BatchSource } from '../batch-source.js';
import type { Predictor } from '../predictor.js';
import { addSums } from '../workers/add-sums.js';
import type { Exchange } from '../workers/exchange.js';

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
  /** Those among whom the batches are shared out; all get the measures of the whole split. */
  readonly exchange?: Exchange;
}

/** Runs a split through a model and measures it. */
export async function evaluate<B extends ImageBatch>(options: EvaluateOptions<B>): Promise<Evaluation> {
  // Without a signal it comes to its end.
  return (await evaluateUntil(options, undefined))!;
}

/** The same, undefined when `signal` fired before the last batch, here or at another worker. */
export async function evaluateUntil<B extends ImageBatch>(
  { predictor, task, source, inputSize, onBatch, exchange }: EvaluateOptions<B>,
  signal: AbortSignal | undefined,
): Promise<Evaluation | undefined> {
  const meter = task.validation;
  let sums = meter.start;
  let count = 0;
  const { from, to } = partOf(source.batchesPerEpoch, exchange ?? { rank: 0, of: 1 });
  let isStopped = false;
  for (let index = from; index < to; index++) {
    if ((isStopped = signal?.aborted === true)) break;
    const batch = await source.batch(0, index);
    const outputs = await predictor.outputs(batch.images, batch.count, inputSize);
    sums = meter.add(sums, batch, outputs);
    count += batch.count;
    await onBatch?.(batch, outputs, count);
  }
  if (exchange === undefined) return isStopped ? undefined : { count, values: meter.values(sums) };
  return together(await exchange.gather(isStopped ? undefined : { sums, count }), task);
}

/** What the parts of all workers come to; undefined where one has stopped before its last batch. */
function together<B extends ImageBatch>(
  parts: readonly ({ readonly sums: Sums; readonly count: number } | undefined)[],
  { validation: { start, values } }: Pick<Task<B>, 'validation'>,
): Evaluation | undefined {
  const done = parts.filter((part) => part !== undefined);
  if (done.length < parts.length) return undefined;
  return {
    count: done.reduce((sum, { count }) => sum + count, 0),
    values: values(done.reduce((sum, { sums }) => addSums(sum, sums), start)),
  };
}
