import { byColumn, byKey } from '../metrics/metric.js';
import type { EpochResult } from '../train/events.js';

/** An epoch as JSON has it, in events.jsonl, summary.json and `train --json`: `trainLoss`, `valTop1`. */
export function epochRecord({
  epoch,
  step,
  learningRate,
  train,
  val,
  ...timings
}: EpochResult): Readonly<Record<string, number | null>> {
  return { epoch, step, learningRate, ...byKey('train', train), ...byKey('val', val), ...timings };
}

/** An epoch as a row of metrics.csv: `train_loss`, `val_top1`. */
export function epochRow(result: EpochResult): Readonly<Record<string, number | null>> {
  return {
    epoch: result.epoch,
    step: result.step,
    learning_rate: result.learningRate,
    ...byColumn('train', result.train),
    ...byColumn('val', result.val),
    images_per_second: result.imagesPerSecond,
    data_ms: result.dataMs,
    step_ms: result.stepMs,
    epoch_seconds: result.epochSeconds,
  };
}
