import type { SmoothPoint } from '../../train/learning-rate-test.js';

/** Loss over the learning rate, batch by batch and smoothed, with the suggestion marked; for Vega-Lite. */
export function rangeTestSpec(points: readonly SmoothPoint[], suggestion: SmoothPoint | undefined): object {
  const smoothed = points.map(({ smoothedLoss }) => smoothedLoss);
  const lowest = Math.min(...smoothed);
  const highest = Math.max(...smoothed.slice(0, smoothed.indexOf(lowest) + 1));
  const room = Math.max(0.4 * (highest - lowest), 0.1 * lowest);
  const x = {
    field: 'learningRate',
    type: 'quantitative',
    scale: { type: 'log', nice: false },
    axis: { title: 'learning rate', format: '~e', tickCount: 6, grid: false },
  };
  // The explosion would flatten what there is to see.
  const scale = { zero: false, nice: false, domain: [Math.max(0, lowest - room), highest + room] };
  const y = (field: string): object => ({
    field,
    type: 'quantitative',
    scale,
    axis: { title: 'loss', tickCount: 5 },
  });
  const line = { type: 'line', clip: true };
  return {
    width: 520,
    height: 280,
    layer: [
      {
        data: { values: points },
        mark: { ...line, stroke: 'var(--line-0)', strokeWidth: 1, opacity: 0.5 },
        encoding: { x, y: y('loss') },
      },
      {
        data: { values: points },
        mark: { ...line, stroke: 'var(--line-1)', strokeWidth: 2.5 },
        encoding: { x, y: y('smoothedLoss') },
      },
      ...(suggestion === undefined ? [] : [suggestionLayer(x, suggestion, points)]),
    ],
  };
}

function suggestionLayer(x: object, suggestion: SmoothPoint, points: readonly SmoothPoint[]): object {
  const text = `suggested: ${suggestion.learningRate.toPrecision(2)}`;
  const isLeft = points.indexOf(suggestion) < points.length / 2;
  const side = isLeft ? { align: 'left', dx: 6 } : { align: 'right', dx: -6 };
  return {
    data: { values: [suggestion] },
    layer: [
      { mark: { type: 'rule', stroke: 'var(--line-2)', strokeDash: [5, 4] }, encoding: { x } },
      {
        mark: { type: 'text', ...side, y: 12, fill: 'var(--line-2)', text, fontSize: 12 },
        encoding: { x },
      },
    ],
  };
}
