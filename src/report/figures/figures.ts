import type { Report } from '../report.js';
import { curveFigure } from './curve-figure.js';
import { curvesIn } from './curves.js';
import { colourScale, type Figure } from './figure.js';
import { forestFigure } from './forest-figure.js';
import { tradeOffFigure } from './trade-off-figure.js';

/** The differences to the base, learning curves, and what counts against what it costs. Those that would be empty are left out. */
export function figuresOf(report: Report): Figure[] {
  const colours = colourScale(report.rows.map(({ name }) => name));
  return [
    forestFigure(report),
    ...curvesIn(report.measured).map((curve) => curveFigure(report, colours, curve)),
    tradeOffFigure(report, colours, 'parameters'),
    tradeOffFigure(report, colours, 'macs'),
    tradeOffFigure(report, colours, 'milliseconds'),
  ].filter((figure): figure is Figure => figure !== undefined);
}
