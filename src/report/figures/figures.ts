import type { Report } from '../report.js';
import { curveFigure } from './curve-figure.js';
import { curvesIn } from './curves.js';
import { styleScales, type Figure } from './figure.js';
import { forestFigure } from './forest-figure.js';
import { tradeOffFigure } from './trade-off-figure.js';

/** The differences to the base, learning curves, and what counts against what it costs. Those that would be empty are left out. */
export function figuresOf(report: Report): Figure[] {
  const styles = styleScales(report.rows.map(({ name }) => name));
  return [
    forestFigure(report),
    ...curvesIn(report.measured).map((curve) => curveFigure(report, styles, curve)),
    tradeOffFigure(report, styles, 'parameters'),
    tradeOffFigure(report, styles, 'macs'),
    tradeOffFigure(report, styles, 'milliseconds'),
  ].filter((figure): figure is Figure => figure !== undefined);
}
