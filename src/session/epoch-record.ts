import { byColumn, byKey } from '../metrics/metric.js';
import type { EpochFields } from '../runs/record/epoch.js';
import type { EpochMetrics } from '../runs/record/metrics-csv.js';
import type { EpochResult } from '../train/events.js';

/** An epoch as JSON has it: flat, what was measured under keys made of the metrics' names. */
export function epochFields(result: EpochResult): EpochFields {
  return {
    epoch: result.epoch,
    step: result.step,
    learningRate: result.learningRate,
    ...byKey('train', result.train),
    ...byKey('val', result.val),
    imagesPerSecond: result.imagesPerSecond,
    dataMs: result.dataMs,
    stepMs: result.stepMs,
    epochSeconds: result.epochSeconds,
  };
}

/** An epoch as metrics.csv has it. */
export function epochRow(result: EpochResult, peakMemoryMb: number): EpochMetrics {
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
    peak_memory_mb: peakMemoryMb,
  };
}
