import { columnOf, keyOf, type Metric, type TaskMetrics } from '../metrics/metric.js';
import type { EpochFields } from '../runs/record/epoch.js';
import type { Measured } from '../runs/record/measured.js';
import type { EpochMetrics } from '../runs/record/metrics-csv.js';
import type { EpochResult, TrainEvent } from '../train/events.js';

/** Numbers by the name of their metric. */
export type Values = Readonly<Record<string, number | null>>;

/** An epoch as JSON has it: flat, what was measured under keys made of the metrics' names. */
export function epochFields(result: EpochResult, metrics: TaskMetrics): EpochFields {
  const { train, val } = valuesOf(result, metrics);
  return {
    epoch: result.epoch,
    step: result.step,
    learningRate: result.learningRate,
    ...keyed('train', metrics.train, train),
    ...keyed('val', metrics.validation, val),
    imagesPerSecond: result.imagesPerSecond,
    dataMs: result.dataMs,
    stepMs: result.stepMs,
    epochSeconds: result.epochSeconds,
  };
}

/** An epoch as metrics.csv has it. */
export function epochRow(result: EpochResult, metrics: TaskMetrics, peakMemoryMb: number): EpochMetrics {
  const { train, val } = valuesOf(result, metrics);
  const row: Record<string, number | null> = {
    epoch: result.epoch,
    step: result.step,
    learning_rate: result.learningRate,
  };
  for (const metric of metrics.train) row[columnOf('train', metric)] = train[metric.name];
  for (const metric of metrics.validation) row[columnOf('val', metric)] = val[metric.name];
  row.images_per_second = result.imagesPerSecond;
  row.data_ms = result.dataMs;
  row.step_ms = result.stepMs;
  row.epoch_seconds = result.epochSeconds;
  row.peak_memory_mb = peakMemoryMb;
  return row as unknown as EpochMetrics;
}

/** Values under their keys: `valTop1`. */
export function keyed(split: 'train' | 'val', metrics: readonly Metric[], values: Values): Measured {
  return Object.fromEntries(metrics.map((metric) => [keyOf(split, metric), values[metric.name]]));
}

/** What was measured of an epoch, by name. */
export function valuesOf(result: EpochResult, metrics: TaskMetrics): { train: Values; val: Values } {
  const pick = (split: 'train' | 'val', of: readonly Metric[]): Values =>
    Object.fromEntries(
      of.map((metric) => [metric.name, (result as unknown as Measured)[keyOf(split, metric)]]),
    );
  return { train: pick('train', metrics.train), val: pick('val', metrics.validation) };
}

/** The means over the epoch so far, by name. */
export function runningValues(
  event: Extract<TrainEvent, { type: 'step' }>,
  { train }: TaskMetrics,
): Readonly<Record<string, number>> {
  const values = event as unknown as Readonly<Record<string, number>>;
  return Object.fromEntries(train.map(({ name }) => [name, values[name]]));
}
