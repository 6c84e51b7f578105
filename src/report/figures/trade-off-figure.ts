import type { Report } from '../report.js';
import { slug, titleCase } from '../title-text.js';
import { NAME_LIMIT, SIZE, type StyleScales, type Figure } from './figure.js';
import { paretoFront } from './pareto-front.js';
import { placeLabels, type Box } from './place-labels.js';
import { axisFormat, roundValues } from './value-axis.js';

/** What counts against what it costs; undefined where there is nothing to draw. */
export function tradeOffFigure(
  report: Report,
  { color, shape, columns }: StyleScales,
  cost: keyof typeof COSTS,
): Figure | undefined {
  const { metric } = report;
  const points = report.rows.flatMap((row) => {
    const { mean, sd } = row.best;
    const price = row[cost];
    if (mean === null || price === null) return [];
    return [{ config: row.name, cost: price, value: mean, low: mean - (sd ?? 0), high: mean + (sd ?? 0) }];
  });
  if (points.length === 0) return undefined;
  const front = paretoFront(points, metric.better);
  const trades: Trade[] = points.map((point) => ({ ...point, isOnFront: front.includes(point) }));
  const [least, most] = [Math.min, Math.max].map((pick) => pick(...points.map((point) => point.cost)));
  const isLog = most > 3 * least;
  const x = {
    field: 'cost',
    type: 'quantitative',
    scale: { type: isLog ? 'log' : 'linear', zero: false, padding: PADDING.x, nice: false },
    axis: {
      title: COSTS[cost].axis,
      format: '~s',
      tickCount: 4,
      grid: false,
      ...(isLog ? { values: roundValues(least, most) } : {}),
    },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    scale: { zero: false, nice: false, padding: PADDING.y },
    axis: { title: null, format: axisFormat(metric), tickCount: 5 },
  };
  const named = points.length <= MOST_LABELS;
  const isWide = points.length > FEW_LABELS;
  const size = isWide ? WIDE : SIZE;
  const legend = named ? { legend: null } : {};
  const coloured = { ...color, ...legend };
  return {
    id: `${slug(metric.title)}-${cost}`,
    title: `${titleCase(metric.title)} against ${COSTS[cost].title}`,
    caption:
      'Best epoch, mean ± one standard deviation over seeds. Ringed and joined by the dashed line: the Pareto front, which nothing beats in both.',
    data: trades,
    ...(isWide ? { isWide } : {}),
    spec: {
      ...size,
      config: { legend: { columns: isWide ? 2 * columns : columns, ...POINT_LEGEND } },
      data: { values: withLabels(trades, isLog, size) },
      layer: [
        {
          transform: [{ filter: 'datum.isOnFront' }],
          mark: { type: 'line', interpolate: 'step-after', strokeDash: [4, 3], stroke: 'var(--muted)' },
          encoding: { x, y, order: { field: 'cost', type: 'quantitative' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color: coloured },
        },
        {
          mark: { type: 'point', filled: true, size: POINT_SIZE, opacity: 1 },
          encoding: { x, y, color: coloured, shape: { ...shape, ...legend } },
        },
        {
          transform: [{ filter: 'datum.isOnFront' }],
          mark: { type: 'point', size: 190, stroke: 'var(--muted)', strokeWidth: 1 },
          encoding: { x, y },
        },
        ...(named ? [leaderLayer(x, y), labelLayer(x, y)] : []),
      ],
    },
  };
}

// --- internal ---

/** What a config costs. */
const COSTS = {
  parameters: { title: 'parameters', axis: 'parameters' },
  macs: { title: 'multiply-adds', axis: 'multiply-adds of an image' },
  milliseconds: { title: 'time', axis: 'ms of an image, in a training step' },
} as const;

/** Room between the outermost points and the frame. */
const PADDING = { x: 26, y: 16 };
/** Beyond this many the names would hide the points. */
const MOST_LABELS = 24;
/** Beyond this many points and names need more room. */
const FEW_LABELS = 6;
const WIDE = { width: 600, height: 320 };
/** Area of a point, in pixels. */
const POINT_SIZE = 70;
/** Points as they are in the chart. */
const POINT_LEGEND = { symbolSize: POINT_SIZE, symbolStrokeWidth: 0 };

interface Trade {
  readonly config: string;
  readonly cost: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly isOnFront: boolean;
}

/** From a point to a name that found no place beside it. */
function leaderLayer(x: object, y: object): object {
  const at = (name: string): object => ({ expr: `datum.${name}` });
  return {
    transform: [{ filter: 'datum.dy !== 0 || abs(datum.dx) > 10' }],
    mark: {
      type: 'rule',
      strokeWidth: 0.75,
      stroke: 'var(--muted)',
      x2Offset: { expr: 'datum.dx * 0.8' },
      y2Offset: at('dy'),
    },
    encoding: { x, y, x2: { field: 'cost' }, y2: { field: 'value' } },
  };
}

function labelLayer(x: object, y: object): object {
  const at = (name: string): object => ({ expr: `datum.${name}` });
  return {
    mark: {
      type: 'text',
      fontSize: 11,
      baseline: 'middle',
      fill: 'var(--ink)',
      limit: NAME_LIMIT,
      align: at('side'),
      dx: at('dx'),
      dy: at('dy'),
    },
    encoding: { x, y, text: { field: 'config', type: 'nominal' } },
  };
}

/** Where each name goes, by the places that the scales will give to the points. */
function withLabels(trades: readonly Trade[], isLog: boolean, size: typeof SIZE): object[] {
  const at = (cost: number): number => (isLog ? Math.log(cost) : cost);
  const unit = (value: number, all: readonly number[]): number => {
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return high === low ? 0.5 : (value - low) / (high - low);
  };
  const costs = trades.map(({ cost }) => at(cost));
  const values = trades.flatMap(({ low, high }) => [low, high]);
  const down = (value: number): number =>
    size.height - PADDING.y - unit(value, values) * (size.height - 2 * PADDING.y);
  const points = trades.map(({ config, cost, value, low, high }) => ({
    x: PADDING.x + unit(at(cost), costs) * (size.width - 2 * PADDING.x),
    y: down(value),
    top: down(high),
    bottom: down(low),
    text: config,
  }));
  const front = points.filter((_, i) => trades[i]!.isOnFront).sort((a, b) => a.x - b.x);
  const places = placeLabels(points, size.width, size.height, steps(front));
  return trades.map((trade, i) => ({ ...trade, ...places[i] }));
}

/** The line through points from left to right: level to the next one, then up or down. */
function steps(points: readonly { readonly x: number; readonly y: number }[]): Box[] {
  return points.slice(1).flatMap((to, i) => {
    const from = points[i]!;
    const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
    return [
      { left: from.x, right: to.x, top: from.y - 1, bottom: from.y + 1 },
      { left: to.x - 1, right: to.x + 1, top, bottom },
    ];
  });
}
