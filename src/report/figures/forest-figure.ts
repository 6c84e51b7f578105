import { unitText, signedText, pointsText } from '../../metrics/metric-text.js';
import type { Verdict } from '../../metrics/statistics.js';
import { differenceText } from '../tables/result-tables.js';
import type { Report } from '../report.js';
import { NAME_LIMIT, type Figure } from './figure.js';

/**
 * A forest plot: how far each config is from the base, with the interval of that, a line a config; undefined where there is
 * nothing to compare.
 */
export function forestFigure({ rows, base, metric }: Report): Figure | undefined {
  const unit = pointsText(metric) || unitText(metric);
  const scale = metric.unit === 'share' ? 100 : 1;
  const data = rows.flatMap(({ name, best: { difference } }): Line[] => {
    if (difference === null || difference.mean === null) return [];
    const { mean, interval, verdict } = difference;
    return [
      {
        config: name,
        difference: mean * scale,
        low: interval === null ? null : interval.low * scale,
        high: interval === null ? null : interval.high * scale,
        verdict,
        text: differenceText(metric, difference),
      },
    ];
  });
  if (data.length === 0) return undefined;
  const y = {
    field: 'config',
    type: 'nominal',
    sort: null,
    scale: { domain: data.map(({ config }) => config) },
    axis: ROW_AXIS,
  };
  const values = [
    0,
    ...data.flatMap(({ difference, low, high }) => [difference, low ?? difference, high ?? difference]),
  ];
  const x = (field: string): object => ({
    field,
    type: 'quantitative',
    scale: { domain: [Math.min(...values), Math.max(...values)], nice: true, padding: 8 },
    axis: {
      title: `${metric.title} less that of ${base}${unit === '' ? '' : `,${unit}`}`,
      format: '+.3~g',
      labelExpr: "datum.value === 0 ? '0' : datum.label",
      tickCount: 5,
    },
  });
  const color = {
    field: 'verdict',
    type: 'nominal',
    legend: null,
    scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
  };
  const side = metric.better === 'higher' ? 'right' : 'left';
  return {
    id: 'differences-to-base',
    title: `Difference to ${base}`,
    caption:
      `Best epoch, mean over the seeds both have, with its 95 % interval; to the ${side} of ${signedText(metric, 0)} is better. ` +
      'Coloured where the interval leaves it out.',
    data,
    isWide: true,
    spec: {
      width: 300,
      height: { step: ROW },
      data: { values: data },
      layer: [
        {
          // Once, and not once a config.
          data: { values: [{}] },
          mark: { type: 'rule', stroke: 'var(--muted)', strokeDash: [4, 3] },
          encoding: { x: { datum: 0 } },
        },
        {
          transform: [{ filter: 'datum.low !== null' }],
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: { x: x('low'), x2: { field: 'high' }, y, color },
        },
        {
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: { x: x('difference'), y, color },
        },
        {
          mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: 11, fill: 'var(--ink)' },
          encoding: { x: { value: 312 }, y, text: { field: 'text', type: 'nominal' } },
        },
      ],
    },
  };
}

// --- internal ---

interface Line {
  readonly config: string;
  readonly difference: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: Verdict;
  readonly text: string;
}

/** Of a verdict. */
const COLOURS: Readonly<Record<Verdict, string>> = {
  better: 'var(--better)',
  worse: 'var(--worse)',
  'within noise': 'var(--muted)',
  'too few seeds to tell': 'var(--muted)',
};
/** Height of a line, in pixels. */
const ROW = 22;
const ROW_AXIS = {
  title: null,
  labelLimit: NAME_LIMIT,
  labelColor: 'var(--ink)',
  grid: false,
  ticks: false,
  domain: false,
};
