import { columnOf, type Metric, type TaskMetrics } from '../../metrics/metric.js';
import { valueWithUnit } from '../../metrics/metric-text.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import { titleCase } from '../title-text.js';
import { drawFigure } from './draw-figure.js';
import { valueAxis } from './value-axis.js';

/** Learning curves of one run as SVG: for every metric of training, training and validation by epoch. */
export function drawRunCurves(
  rows: readonly EpochMetrics[],
  measured: TaskMetrics,
  title: string,
): Promise<string> {
  const { train, validation } = measured;
  const panels = train.map((metric) =>
    panelOf(
      rows,
      metric,
      validation.some(({ name }) => name === metric.name),
    ),
  );
  const spec = {
    hconcat: panels,
    spacing: 36,
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
    config: { legend: { orient: 'top', offset: 8 } },
  };
  return drawFigure(spec, { standalone: { title } });
}

// --- internal ---

const PANEL = { width: 340, height: 220 };

interface Point {
  readonly epoch: number;
  /** Null where nothing was measured or it overflowed: the line breaks there. */
  readonly value: number | null;
  readonly series: string;
  /** A value without neighbours, which a line would not show. */
  readonly isLone: boolean;
}

function panelOf(rows: readonly EpochMetrics[], metric: Metric, isValidated: boolean): object {
  const onValidation = columnOf('val', metric);
  const lines = [
    pointsOf(rows, columnOf('train', metric), 'training'),
    ...(isValidated ? [pointsOf(rows, onValidation, bestText(rows, onValidation, metric))] : []),
  ].filter((points) => points.some(({ value }) => value !== null));
  const points = lines.flat();
  const names = lines.map(([{ series }]) => series);
  const { scale, axis, ceiling } = valueAxis(
    metric,
    points.flatMap(({ value }) => (value === null ? [] : [value])),
  );
  const epochs = rows.map(({ epoch }) => epoch);
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const encoding = {
    x: {
      field: 'epoch',
      type: 'quantitative',
      scale: { domain: [first, Math.max(first + 1, last)], nice: false },
      axis: { title: 'epoch', tickMinStep: 1, tickCount: 6, format: 'd', grid: false },
    },
    y: { field: 'value', type: 'quantitative', scale, axis },
    color: series(
      names,
      names.map((name) => `var(--line-${name === 'training' ? 1 : 2})`),
    ),
  };
  return {
    ...PANEL,
    title: { text: titleCase(metric.title), anchor: 'start', color: 'var(--ink)', fontSize: 12 },
    data: { values: points },
    layer: [
      {
        mark: {
          type: 'line',
          strokeWidth: 2,
          invalid: 'break-paths-filter-domains',
          clip: true,
          aria: false,
        },
        encoding: {
          ...encoding,
          strokeDash: series(
            names,
            names.map((name) => (name === 'training' ? [6, 3] : [])),
          ),
        },
      },
      {
        transform: [{ filter: `datum.isLone && datum.value <= ${ceiling ?? Number.MAX_VALUE}` }],
        mark: { type: 'point', filled: true, size: 30, opacity: 1, aria: false },
        encoding,
      },
    ],
  };
}

function series(domain: readonly string[], range: readonly unknown[]): object {
  const legend = { labelLimit: 0 };
  return { field: 'series', type: 'nominal', title: null, scale: { domain, range }, legend };
}

function pointsOf(rows: readonly EpochMetrics[], column: ReturnType<typeof columnOf>, name: string): Point[] {
  const values = rows.map((row) => {
    const value = row[column];
    return value !== null && Number.isFinite(value) ? value : null;
  });
  return rows.map(({ epoch }, i) => ({
    epoch,
    value: values[i],
    series: name,
    isLone: values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null,
  }));
}

/** `validation, best 85.8 % at epoch 12` */
function bestText(rows: readonly EpochMetrics[], column: `val_${string}`, metric: Metric): string {
  const sign = metric.better === 'higher' ? 1 : -1;
  let best: { readonly epoch: number; readonly value: number } | undefined;
  for (const row of rows) {
    const value = row[column];
    if (value === null || !Number.isFinite(value)) continue;
    if (best === undefined || sign * value > sign * best.value) best = { epoch: row.epoch, value };
  }
  return best === undefined
    ? 'validation'
    : `validation, best ${valueWithUnit(metric, best.value)} at epoch ${best.epoch}`;
}
