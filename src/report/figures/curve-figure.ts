import type { Report } from '../report.js';
import { curvesOf, type Curve } from './curves.js';
import { SIZE, type StyleScales, type Figure } from './figure.js';
import { valueAxis } from './value-axis.js';

/** A learning curve of every config; undefined where there is nothing to draw. */
export function curveFigure(
  report: Report,
  { color, strokeDash, columns }: StyleScales,
  { column, metric, title }: Curve,
): Figure | undefined {
  const points = curvesOf(report.groups, column);
  if (points.length === 0) return undefined;
  const { scale, axis, isLog, ceiling } = valueAxis(
    metric,
    points.map(({ mean }) => mean),
  );
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
  return {
    id: `curve-${column.replaceAll('_', '-')}`,
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
