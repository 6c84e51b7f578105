import { curvesOf, type CurveColumn, type CurvePoint } from './curves.js';
import { paretoFront } from './pareto-front.js';
import { placeLabels } from './place-labels.js';
import type { Report } from './report.js';

/** A chart: what it shows, the numbers it is drawn from, and how, in the grammar of Vega-Lite. */
export interface Figure {
  /** Names its file beside a Markdown report, and its place in the page. */
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly data: readonly object[];
  readonly spec: object;
}

/** Learning curves, and accuracy against what it costs. Those that would be empty are left out. */
export function figuresOf(report: Report): Figure[] {
  const colours = colourScale(report.rows.map(({ name }) => name));
  return [
    curveFigure(report, colours, 'val_top1', 'Validation accuracy'),
    curveFigure(report, colours, 'train_loss', 'Training loss'),
    curveFigure(report, colours, 'val_loss', 'Validation loss'),
    tradeOffFigure(report, colours, 'parameters', 'Accuracy against parameters'),
    tradeOffFigure(report, colours, 'macs', 'Accuracy against multiply-adds'),
  ].filter((figure): figure is Figure => figure !== undefined);
}

/** How the line of the nth config is drawn: a colour variable of the page, and dashes where colours repeat. */
export function lineStyle(index: number): { readonly colour: string; readonly dashes: readonly number[] } {
  return {
    colour: `var(--line-${index % LINE_COLOURS})`,
    dashes: DASHES[Math.floor(index / LINE_COLOURS) % DASHES.length],
  };
}

// --- internal ---

const LINE_COLOURS = 8;
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]] as const;
const SIZE = { width: 300, height: 220 };
/** Room between the outermost points and the frame. */
const PADDING = { x: 26, y: 16 };
/** The highest loss that is shown, times the lowest. */
const CUT_OFF = 100;
/** Beyond this many the names would hide the points. */
const MOST_LABELS = 14;

interface ColourScale {
  readonly color: object;
  readonly strokeDash: object;
  /** Of the legend, where a figure has one. */
  readonly columns: number;
}

function colourScale(names: readonly string[]): ColourScale {
  const styles = names.map((_, index) => lineStyle(index));
  const of = (range: readonly unknown[]): object => ({
    ...{ field: 'config', type: 'nominal', title: null },
    scale: { domain: names, range },
  });
  return {
    color: of(styles.map(({ colour }) => colour)),
    strokeDash: of(styles.map(({ dashes }) => dashes)),
    columns: names.some((name) => name.length > 20) ? 1 : 2,
  };
}

function curveFigure(
  report: Report,
  { color, strokeDash, columns }: ColourScale,
  column: CurveColumn,
  title: string,
): Figure | undefined {
  const points = curvesOf(report.groups, column);
  if (points.length === 0) return undefined;
  const isAccuracy = column === 'val_top1';
  const [lowest, highest] = rangeOf(points);
  // A loss that overflowed on the way would flatten everything else.
  const isLog = !isAccuracy && highest > 30 * lowest;
  const ceiling = isLog && highest > CUT_OFF * lowest ? CUT_OFF * lowest : undefined;
  const epochs = Math.max(...points.map(({ epoch }) => epoch));
  const data = isLog
    ? points.map((point) => ({ ...point, low: Math.max(point.low, point.mean / 10) }))
    : points;
  const x = {
    field: 'epoch',
    type: 'quantitative',
    scale: { domain: [1, Math.max(2, epochs)], nice: false },
    axis: { title: 'epoch', tickMinStep: 1, tickCount: 6, format: 'd', grid: false },
  };
  const scale = isLog
    ? { type: 'log', ...(ceiling ? { domain: [lowest / 1.1, ceiling], nice: false } : {}) }
    : { zero: false };
  const axis = {
    ...{ title: null, format: isAccuracy ? '.0%' : '~g', tickCount: 5 },
    ...(isLog ? { values: roundValues(lowest / 1.1, ceiling ?? highest) } : {}),
  };
  return {
    id: `curve-${column.replace('_', '-')}`,
    title,
    caption:
      'Mean over seeds; the band is ± one standard deviation.' +
      (ceiling === undefined ? '' : ` Cut off above ${Number(ceiling.toPrecision(2))}: losses overflowed.`),
    data: points,
    spec: {
      ...SIZE,
      config: { legend: { columns } },
      data: { values: data },
      layer: [
        {
          mark: { type: 'area', opacity: 0.16, clip: true },
          encoding: {
            x,
            y: { field: 'low', type: 'quantitative', scale, axis },
            y2: { field: 'high' },
            color,
          },
        },
        {
          mark: { type: 'line', strokeWidth: 2, point: epochs === 1, clip: true },
          encoding: { x, y: { field: 'mean', type: 'quantitative', scale, axis }, color, strokeDash },
        },
      ],
    },
  };
}

function rangeOf(points: readonly CurvePoint[]): [lowest: number, highest: number] {
  const means = points.map(({ mean }) => mean).filter((mean) => mean > 0);
  return [Math.min(...means), Math.max(...means)];
}

/** 1, 2, 5, 10, 20 …: the ticks of a logarithmic axis; few of them where it is long. */
function roundValues(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const digits = decades > 4 ? [1] : decades > 2.5 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  return Array.from({ length: Math.ceil(decades) + 2 }, (_, i) =>
    digits.map((digit) => digit * 10 ** (first + i)),
  )
    .flat()
    .filter((value) => value >= low / 1.05 && value <= high * 1.05);
}

interface Trade {
  readonly config: string;
  readonly cost: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly isOnFront: boolean;
}

function tradeOffFigure(
  report: Report,
  { color, columns }: ColourScale,
  cost: 'parameters' | 'macs',
  title: string,
): Figure | undefined {
  const points = report.rows.flatMap((row) => {
    const { mean, sd } = row.best;
    const price = row[cost];
    if (mean === null || price === null) return [];
    return [{ config: row.name, cost: price, value: mean, low: mean - (sd ?? 0), high: mean + (sd ?? 0) }];
  });
  if (points.length === 0) return undefined;
  const front = paretoFront(points);
  const trades: Trade[] = points.map((point) => ({ ...point, isOnFront: front.includes(point) }));
  const [least, most] = [Math.min, Math.max].map((pick) => pick(...points.map((point) => point.cost)));
  const isLog = most > 3 * least;
  const x = {
    field: 'cost',
    type: 'quantitative',
    scale: { type: isLog ? 'log' : 'linear', zero: false, padding: PADDING.x, nice: false },
    axis: {
      title: cost === 'macs' ? 'multiply-adds of an image' : 'parameters',
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
    axis: { title: null, format: '.0%', tickCount: 5 },
  };
  const named = points.length <= MOST_LABELS;
  const coloured = named ? { ...color, legend: null } : color;
  return {
    id: `accuracy-${cost}`,
    title,
    caption:
      'Best epoch, mean ± one standard deviation over seeds. Ringed and joined by the dashed line: the Pareto front, which nothing beats in both.',
    data: trades,
    spec: {
      ...SIZE,
      config: { legend: { columns } },
      data: { values: withLabels(trades, isLog) },
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
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: { x, y, color: coloured },
        },
        {
          transform: [{ filter: 'datum.isOnFront' }],
          mark: { type: 'point', size: 190, stroke: 'var(--muted)', strokeWidth: 1 },
          encoding: { x, y },
        },
        ...(named ? [labelLayer(x, y)] : []),
      ],
    },
  };
}

function labelLayer(x: object, y: object): object {
  const at = (name: string): object => ({ expr: `datum.${name}` });
  return {
    mark: {
      ...{ type: 'text', fontSize: 11, baseline: 'middle', fill: 'var(--ink)', limit: 400 },
      ...{ align: at('side'), dx: at('dx'), dy: at('dy') },
    },
    encoding: { x, y, text: { field: 'config', type: 'nominal' } },
  };
}

/** Where each name goes, by the places that the scales will give to the points. */
function withLabels(trades: readonly Trade[], isLog: boolean): object[] {
  const at = (cost: number): number => (isLog ? Math.log(cost) : cost);
  const unit = (value: number, all: readonly number[]): number => {
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return high === low ? 0.5 : (value - low) / (high - low);
  };
  const costs = trades.map(({ cost }) => at(cost));
  const values = trades.flatMap(({ low, high }) => [low, high]);
  const points = trades.map(({ config, cost, value }) => ({
    x: PADDING.x + unit(at(cost), costs) * (SIZE.width - 2 * PADDING.x),
    y: SIZE.height - PADDING.y - unit(value, values) * (SIZE.height - 2 * PADDING.y),
    text: config,
  }));
  const places = placeLabels(points, SIZE.width, SIZE.height);
  return trades.map((trade, i) => ({ ...trade, ...places[i] }));
}
