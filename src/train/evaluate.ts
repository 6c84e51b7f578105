import { countTopK } from '../metrics/top-k.js';
import type { Predictor } from './predictor.js';

/** A batch as the data stream hands it over. */
export interface EvaluationBatch {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
}

/** The stream's side of an evaluation: batches in order. */
export interface EvaluationStream {
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number): Promise<EvaluationBatch>;
}

/** Top-k and loss over a whole split. */
export interface Evaluation {
  readonly count: number;
  /** Mean cross-entropy against the hard labels. */
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
}

/**
 * Runs a split through a model.
 * @param size height and width of the images
 * @param onBatch called after every batch with its logits, for confusion matrices and progress; awaited
 */
export async function evaluate(
  predictor: Predictor,
  stream: EvaluationStream,
  size: number,
  onBatch?: (logits: Float32Array, labels: Int32Array, done: number) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<Evaluation | undefined> {
  let count = 0;
  let loss = 0;
  let top1 = 0;
  let top5 = 0;
  for (let index = 0; index < stream.batchesPerEpoch; index++) {
    if (signal?.aborted) return undefined;
    const batch = await stream.batch(0, index);
    const logits = await predictor.logits(batch.images, batch.count, size);
    const classes = logits.length / batch.count;
    for (let b = 0; b < batch.count; b++) {
      loss += crossEntropy(logits.subarray(b * classes, (b + 1) * classes), batch.labels[b]);
    }
    const [first, five] = countTopK(logits, batch.labels, classes, [1, 5]);
    top1 += first;
    top5 += five;
    count += batch.count;
    await onBatch?.(logits, batch.labels, count);
  }
  return { count, loss: loss / count, top1: top1 / count, top5: top5 / count };
}

/** −log softmax(row)[label], in float64. */
export function crossEntropy(row: Float32Array, label: number): number {
  let highest = -Infinity;
  for (const z of row) if (z > highest) highest = z;
  let sum = 0;
  for (const z of row) sum += Math.exp(z - highest);
  return Math.log(sum) + highest - row[label];
}
