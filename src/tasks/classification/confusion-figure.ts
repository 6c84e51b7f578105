import type { ConfusionMatrix } from '../../metrics/confusion.js';
import { percent } from '../../util/number-text.js';
import { oneLine } from '../../util/one-line.js';
import type { EvaluationFigure } from '../task.js';

/**
 * A confusion matrix: rows actual, columns predicted, shaded by the share of the row; the counts inside, where
 * there is room for them.
 */
export function confusionFigure(matrix: ConfusionMatrix, title: string): EvaluationFigure {
  const classes = matrix.classes.map(oneLine);
  const size = cellSize(classes.length);
  const cells = cellsOf(matrix);
  const band = { band: 1 - (size > 20 ? 2 : 1) / size };
  const axis = {
    domain: false,
    ticks: false,
    grid: false,
    labelColor: 'var(--ink)',
    labelLimit: 160,
    labelFontSize: Math.min(11, size - 1),
    labelOverlap: false,
  };
  const x = {
    field: 'predicted',
    type: 'nominal',
    scale: { domain: classes, padding: 0 },
    axis: {
      ...axis,
      title: 'predicted',
      orient: 'top',
      labelAngle: size > 20 ? -35 : -90,
      labelAlign: 'left',
    },
  };
  const y = {
    field: 'actual',
    type: 'nominal',
    scale: { domain: classes, padding: 0 },
    axis: { ...axis, title: 'actual' },
  };
  const counts = {
    mark: { type: 'text', fontSize: 12, aria: false },
    encoding: {
      x,
      y,
      text: { field: 'count', type: 'quantitative', format: 'd' },
      color: { condition: { test: 'datum.share > 0.5', value: 'var(--page)' }, value: 'var(--ink)' },
    },
  };
  const spec = {
    width: classes.length * size,
    height: classes.length * size,
    data: { values: cells },
    layer: [
      {
        mark: { type: 'rect', aria: false, width: band, height: band },
        encoding: {
          x,
          y,
          color: {
            condition: { test: 'datum.actual === datum.predicted', value: 'var(--accent)' },
            value: 'var(--worse)',
          },
          fillOpacity: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: [0.06, 1] },
            legend: null,
          },
        },
      },
      ...(size >= ROOM_FOR_COUNTS ? [counts] : []),
    ],
  };
  return { title: `${title}: ${percent(matrix.accuracy, 2)} of ${matrix.total}`, spec };
}

// --- internal ---

/** Pixels below which the counts are left out. */
const ROOM_FOR_COUNTS = 32;

function cellSize(classes: number): number {
  return classes <= 12 ? 52 : classes <= 30 ? ROOM_FOR_COUNTS : 10;
}

interface Cell {
  readonly actual: string;
  readonly predicted: string;
  readonly count: number;
  /** Of the images of the class. */
  readonly share: number;
}

/** Those with an image; of few classes the empty ones too, so that the grid is seen. */
function cellsOf(matrix: ConfusionMatrix): Cell[] {
  const classes = matrix.classes.map(oneLine);
  const showsEmpty = cellSize(classes.length) > ROOM_FOR_COUNTS;
  return classes.flatMap((actual, row) => {
    const images = classes.reduce((sum, _, column) => sum + matrix.count(row, column), 0);
    return classes
      .map((predicted, column): Cell => {
        const count = matrix.count(row, column);
        return { actual, predicted, count, share: images === 0 ? 0 : count / images };
      })
      .filter(({ count }) => showsEmpty || count > 0);
  });
}
