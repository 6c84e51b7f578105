import type { ConfusionMatrix } from '../metrics/confusion.js';

const CELL = 56;
const MARGIN = { left: 120, top: 96, right: 24, bottom: 24 } as const;

/** A confusion matrix as SVG: rows actual, columns predicted, shaded by the share of the row, counts inside. */
export function drawConfusion(matrix: ConfusionMatrix, title: string): string {
  const { classes } = matrix;
  const width = MARGIN.left + classes.length * CELL + MARGIN.right;
  const height = MARGIN.top + classes.length * CELL + MARGIN.bottom;
  const cells = classes.flatMap((actualName, actual) => {
    const images = classes.reduce((sum, _, predicted) => sum + matrix.count(actual, predicted), 0);
    return classes.map((predictedName, predicted) => {
      const count = matrix.count(actual, predicted);
      const share = images === 0 ? 0 : count / images;
      const x = MARGIN.left + predicted * CELL;
      const y = MARGIN.top + actual * CELL;
      const hue = actual === predicted ? '#1f6fb4' : '#c2571a';
      const tip = `${escape(actualName)} taken for ${escape(predictedName)}: ${count} (${(100 * share).toFixed(1)} %)`;
      return (
        `<g><title>${tip}</title>` +
        `<rect x="${x}" y="${y}" width="${CELL - 2}" height="${CELL - 2}" rx="3" fill="${hue}" fill-opacity="${(0.06 + 0.94 * share).toFixed(3)}"/>` +
        `<text x="${x + CELL / 2 - 1}" y="${y + CELL / 2 + 4}" text-anchor="middle"${share > 0.5 ? ' fill="#fff"' : ''}>${count}</text></g>`
      );
    });
  });
  const rows = classes.map(
    (name, i) =>
      `<text x="${MARGIN.left - 8}" y="${MARGIN.top + i * CELL + CELL / 2 + 4}" text-anchor="end">${escape(name)}</text>`,
  );
  const columns = classes.map((name, i) => {
    const x = MARGIN.left + i * CELL + CELL / 2;
    return `<text transform="translate(${x} ${MARGIN.top - 8}) rotate(-35)">${escape(name)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<style>svg{background:#fff;color:#222}text{fill:currentColor}text[fill]{fill:#fff}@media (prefers-color-scheme:dark){svg{background:#16181c;color:#ddd}}</style>',
    `<text x="12" y="22" font-size="14" font-weight="600">${escape(title)}: ${(100 * matrix.accuracy).toFixed(2)} % of ${matrix.total}</text>`,
    '<text x="12" y="40" opacity="0.7">rows: actual, columns: predicted</text>',
    ...columns,
    ...rows,
    ...cells,
    '</svg>',
    '',
  ].join('\n');
}

function escape(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!,
  );
}
