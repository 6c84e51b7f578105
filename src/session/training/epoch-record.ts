import { byColumn, byKey, columnOf, keyOf, type Metric, type TaskMetrics } from '../../metrics/metric.js';
import type { EpochFields } from '../../runs/record/epoch.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import type { EpochResult } from '../../train/events.js';

/** An epoch as JSON has it: flat, what was measured under keys made of the metrics' names. */
export function epochFields(result: EpochResult): EpochFields {
  return {
    epoch: result.epoch,
    step: result.step,
    learningRate: result.learningRate,
    ...byKey('train', result.train),
    ...byKey('val', result.val),
    ...(result.valRaw && byKey('valRaw', result.valRaw)),
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
    ...(result.valRaw && byColumn('val_raw', result.valRaw)),
    images_per_second: result.imagesPerSecond,
    data_ms: result.dataMs,
    step_ms: result.stepMs,
    epoch_seconds: result.epochSeconds,
    peak_memory_mb: peakMemoryMb,
  };
}

/** What a row holds besides what was measured: its columns, and the keys of the same numbers in JSON. */
const KEYS = {
  epoch: 'epoch',
  step: 'step',
  learning_rate: 'learningRate',
  images_per_second: 'imagesPerSecond',
  data_ms: 'dataMs',
  step_ms: 'stepMs',
  epoch_seconds: 'epochSeconds',
  peak_memory_mb: 'peakMemoryMb',
} as const;

/** The other way round: an epoch of metrics.csv as JSON has it. */
export function fieldsOfRow(row: EpochMetrics, metrics: TaskMetrics): EpochFields {
  return {
    epoch: row.epoch,
    step: row.step,
    learningRate: row.learning_rate,
    ...Object.fromEntries(
      measuredBy(metrics).flatMap(({ column, key }) => (column in row ? [[key, row[column]]] : [])),
    ),
    imagesPerSecond: row.images_per_second,
    dataMs: row.data_ms,
    stepMs: row.step_ms,
    epochSeconds: row.epoch_seconds,
  };
}

/** The row of an epoch of events.jsonl; undefined where a number of it is not there. */
export function rowOfFields(
  fields: Readonly<Record<string, unknown>>,
  metrics: TaskMetrics,
): EpochMetrics | undefined {
  const cells: [string, unknown][] = [];
  for (const [column, key] of Object.entries(KEYS)) cells.push([column, fields[key]]);
  for (const { column, key, isOptional } of measuredBy(metrics)) {
    if (!isOptional || key in fields) cells.push([column, fields[key]]);
  }
  const isWhole = cells.every(
    ([column, value]) => typeof value === 'number' || (value === null && column.startsWith('val_')),
  );
  return isWhole ? (Object.fromEntries(cells) as unknown as EpochMetrics) : undefined;
}

// --- internal ---

interface Measured {
  readonly column: `train_${string}` | `val_${string}`;
  readonly key: string;
  /** Not every run measures it. */
  readonly isOptional: boolean;
}

function measuredBy({ train, validation }: TaskMetrics): Measured[] {
  const named = (split: 'train' | 'val') => (metric: Metric) => ({
    column: columnOf(split, metric),
    key: keyOf(split, metric),
    isOptional: false,
  });
  const raw = validation.map((metric) => ({
    column: columnOf('val_raw', metric),
    key: keyOf('valRaw', metric),
    isOptional: true,
  }));
  return [...train.map(named('train')), ...validation.map(named('val')), ...raw];
}
