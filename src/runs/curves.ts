import { writeFileAtomic } from '../util/atomic-write.js';
import type { EpochMetrics } from './record/metrics-csv.js';
import { runPaths } from './run-paths.js';

/** Writes curves.svg of a run folder. */
export async function writeCurves(dir: string, metrics: readonly EpochMetrics[], title = ''): Promise<void> {
  await writeFileAtomic(runPaths(dir).curves, drawCurves(metrics, title));
}

/** Loss and accuracy by epoch, of training and validation, as an SVG for light and dark pages. */
export function drawCurves(metrics: readonly EpochMetrics[], title = ''): string {
  const panels: Panel[] = [
    {
      title: 'Loss',
      format: (value) => String(Number(value.toPrecision(3))),
      isBetter: (a, b) => a < b,
      train: pointsOf(metrics, 'train_loss'),
      validation: pointsOf(metrics, 'val_loss'),
    },
    {
      title: 'Top-1 accuracy',
      format: (value) => `${Number((100 * value).toPrecision(3))} %`,
      isBetter: (a, b) => a > b,
      limit: 1,
      train: pointsOf(metrics, 'train_top1'),
      validation: pointsOf(metrics, 'val_top1'),
    },
  ];
  const epochs = ticks(
    ...range(
      metrics.map(({ epoch }) => epoch),
      1,
    ),
    6,
    1,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escape(title === '' ? 'Learning curves' : `Learning curves of ${title}`)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    title === '' ? '' : `<text class="name" x="${margin.left}" y="24">${escape(title)}</text>`,
    ...panels.map((panel, index) => drawPanel(panel, epochs, index * (plot.width + gap))),
    '</svg>\n',
  ].join('\n');
}

// --- internal ---

type Point = readonly [epoch: number, value: number];

interface Panel {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly isBetter: (a: number, b: number) => boolean;
  readonly limit?: number;
  readonly train: readonly (Point | null)[];
  readonly validation: readonly (Point | null)[];
}

interface Ticks {
  readonly low: number;
  readonly high: number;
  readonly at: readonly number[];
}

const plot = { width: 350, height: 220 };
const margin = { left: 62, top: 84, right: 24, bottom: 48 };
const gap = 78;
const width = margin.left + 2 * plot.width + gap + margin.right;
const height = margin.top + plot.height + margin.bottom;

// Okabe and Ito's colours, told apart by colour-blind readers; the dashes tell them apart in print.
const style = `
text { font: 12px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #333 }
.page { fill: #fff } .grid { stroke: #e4e4e4 } .axis { stroke: #888 } .name, .head { font-weight: 600; fill: #111 }
.name { font-size: 14px } .tick { fill: #666; font-size: 11px } .line { fill: none; stroke-width: 2; stroke-linejoin: round }
.train { stroke: #0072b2 } .validation { stroke: #d55e00 } .train.line { stroke-dasharray: 6 3 }
.train.dot { fill: #0072b2 } .validation.dot { fill: #d55e00 }
@media (prefers-color-scheme: dark) {
text { fill: #ccc } .page { fill: #16181d } .grid { stroke: #2c3038 } .axis { stroke: #777 } .name, .head { fill: #eee }
.tick { fill: #9a9a9a } .train { stroke: #56b4e9 } .validation { stroke: #e69f00 }
.train.dot { fill: #56b4e9 } .validation.dot { fill: #e69f00 }
}
`;

function drawPanel(panel: Panel, epochs: Ticks, shift: number): string {
  const points = [...panel.train, ...panel.validation].filter((point) => point !== null);
  const values = ticks(
    ...range(
      points.map(([, value]) => value),
      0.1,
      panel.limit,
    ),
    5,
    0,
  );
  const x = (epoch: number): number =>
    round(((epoch - epochs.low) / (epochs.high - epochs.low)) * plot.width);
  const y = (value: number): number =>
    round(plot.height - ((value - values.low) / (values.high - values.low)) * plot.height);
  return [
    `<g transform="translate(${margin.left + shift} ${margin.top})">`,
    `<text class="head" y="-32">${panel.title}</text>`,
    ...values.at.map(
      (at) =>
        `<line class="grid" x2="${plot.width}" y1="${y(at)}" y2="${y(at)}"/>` +
        `<text class="tick" x="-8" y="${y(at) + 4}" text-anchor="end">${panel.format(at)}</text>`,
    ),
    `<path class="axis" fill="none" d="M0 0V${plot.height}H${plot.width}"/>`,
    ...epochs.at.map(
      (at) =>
        `<line class="axis" x1="${x(at)}" x2="${x(at)}" y1="${plot.height}" y2="${plot.height + 5}"/>` +
        `<text class="tick" x="${x(at)}" y="${plot.height + 18}" text-anchor="middle">${at}</text>`,
    ),
    `<text x="${plot.width / 2}" y="${plot.height + 38}" text-anchor="middle">epoch</text>`,
    drawLine('train', panel.train, x, y),
    drawLine('validation', panel.validation, x, y),
    drawLegend(panel),
    '</g>',
  ].join('\n');
}

/** A line that breaks where a value is missing; a value with no neighbour is a dot. */
function drawLine(
  name: string,
  points: readonly (Point | null)[],
  x: (epoch: number) => number,
  y: (value: number) => number,
): string {
  const pieces: Point[][] = [[]];
  for (const point of points) {
    if (point === null) pieces.push([]);
    else pieces.at(-1)?.push(point);
  }
  return pieces
    .filter((piece) => piece.length > 0)
    .map((piece) => {
      const [[epoch, value]] = piece;
      if (piece.length === 1) return `<circle class="${name} dot" cx="${x(epoch)}" cy="${y(value)}" r="3"/>`;
      const path = piece.map(([e, v]) => `${x(e)} ${y(v)}`).join('L');
      return `<path class="${name} line" d="M${path}"/>`;
    })
    .join('\n');
}

function drawLegend({ train, validation, isBetter, format }: Panel): string {
  let best: Point | undefined;
  for (const point of validation) {
    if (point !== null && (best === undefined || isBetter(point[1], best[1]))) best = point;
  }
  const items = [train.some((point) => point !== null) ? ['train', 'training'] : []];
  if (best !== undefined) {
    items.push(['validation', `validation, best ${format(best[1])} at epoch ${best[0]}`]);
  }
  return items
    .filter((item) => item.length > 0)
    .map(
      ([name, text], index) =>
        `<g transform="translate(${index * 92} -14)"><path class="${name} line" d="M0 -4H22"/><text x="28">${text}</text></g>`,
    )
    .join('\n');
}

function pointsOf(
  metrics: readonly EpochMetrics[],
  column: 'train_loss' | 'val_loss' | 'train_top1' | 'val_top1',
): (Point | null)[] {
  return metrics.map((row) => {
    const value = row[column];
    return value !== null && Number.isFinite(value) ? [row.epoch, value] : null;
  });
}

/** The least and the greatest value; where they are the same but for rounding, some room around them. */
function range(values: readonly number[], room: number, limit = Infinity): [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = values.reduce<[number, number]>(
    ([least, greatest], value) => [Math.min(least, value), Math.max(greatest, value)],
    [Infinity, -Infinity],
  );
  return high - low > 1e-6 * Math.abs(high) ? [low, high] : [low - room, Math.min(high + room, limit)];
}

/** An axis that holds low…high, with marks at 1, 2 or 5 times a power of ten, never closer than `finest`. */
function ticks(low: number, high: number, count: number, finest: number): Ticks {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(finest, [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough);
  const at: number[] = [];
  // Values get room to whole marks; epochs fill the width.
  const from = finest > 0 ? Math.ceil(low / step) : Math.floor(low / step);
  const to = finest > 0 ? Math.floor(high / step) : Math.ceil(high / step);
  for (let i = from; i <= to; i++) at.push(Number((i * step).toPrecision(12)));
  return finest > 0 ? { low, high, at } : { low: at[0], high: at[at.length - 1], at };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
