import { toJson } from '../../runs/record/json-text.js';
import { drawFigure } from '../figures/draw-figure.js';
import { configStyle, type Figure, type PointShape } from '../figures/figure.js';
import { STYLE } from './html-style.js';
import type { ReportFormat } from './format.js';
import type { Report } from '../report.js';
import { reportData } from '../report-data.js';
import type { Document, Section } from '../sections.js';
import type { Table } from '../tables/table.js';
import { htmlText } from '../../util/page/html-text.js';

export const format: ReportFormat = async (report, document) => ({ text: await toHtml(report, document) });

/** A report as one page that needs no other file: charts as SVG, and every number as JSON in `#report-data`. */
export async function toHtml(report: Report, document: Document): Promise<string> {
  const sections: string[] = [];
  for (const section of document.sections) sections.push(await sectionHtml(section, report));
  // `<` would let a name end the script.
  const data = toJson(reportData(report)).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(document.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${htmlText(document.title)}</h1>
<p class="subject">${htmlText(document.subject)}</p>
${document.lead ? await figureHtml(document.lead) : ''}
${listHtml(document.findings, 'findings')}
${document.warnings.map((text) => `<p class="warning">${htmlText(text)}</p>`).join('\n')}
${sections.join('\n')}
</main>
<script type="application/json" id="report-data">${data}</script>
</body>
</html>
`;
}

// --- internal ---

async function sectionHtml(section: Section, report: Report): Promise<string> {
  const { id, title, text, figures, tables, code, isFolded } = section;
  const drawn: string[] = [];
  for (const figure of figures) drawn.push(await figureHtml(figure));
  const body = [
    ...(drawn.length > 0 ? [legendHtml(report), `<div class="figures">\n${drawn.join('\n')}\n</div>`] : []),
    ...tables.map(({ caption, table }) =>
      [
        caption === undefined ? '' : `<p class="caption">${htmlText(caption)}</p>`,
        tableHtml(table, report.base),
      ].join(''),
    ),
    listHtml(text, 'notes'),
    code.length === 0 ? '' : `<pre>${code.map(htmlText).join('\n')}</pre>`,
  ].join('\n');
  return isFolded
    ? `<details id="${id}"><summary>${htmlText(title)}</summary>\n${body}\n</details>`
    : `<section id="${id}">\n<h2>${htmlText(title)}</h2>\n${body}\n</section>`;
}

async function figureHtml({ id, title, caption, spec, isWide }: Figure): Promise<string> {
  // A function: in a text `$'` would stand for the rest of the picture.
  const svg = (await drawFigure(spec)).replace(
    '<svg',
    () => `<svg role="img" aria-label="${htmlText(title)}"`,
  );
  return `<figure id="${id}"${isWide ? ' class="wide"' : ''}><h3>${htmlText(title)}</h3>${svg}<figcaption>${htmlText(caption)}</figcaption></figure>`;
}

/** One legend for all charts: of each config its line, and its point on it. */
function legendHtml({ rows }: Report): string {
  const items = rows.map(({ name }, index) => {
    const { colour, dashes, shape } = configStyle(index);
    const dash = dashes.length > 0 ? ` stroke-dasharray="${dashes.join(' ')}"` : '';
    const line = `<line x1="0" x2="30" y1="5" y2="5" stroke="${colour}" stroke-width="3"${dash}/>`;
    const point = `<path fill="${colour}" d="${POINTS[shape]}"/>`;
    return `<li><svg width="30" height="10" aria-hidden="true">${line}${point}</svg>${htmlText(name)}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** About the middle of a line of the legend. */
const POINTS: Readonly<Record<PointShape, string>> = {
  circle: 'M10.5 5a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0',
  square: 'M11 1h8v8h-8z',
  'triangle-up': 'M15 .5l5 9h-10z',
  diamond: 'M15 0l4 5l-4 5l-4 -5z',
};

/** Verdicts that are said in colour, with the colour's name in the style. */
const VERDICT_CLASSES: Readonly<Record<string, string>> = {
  better: 'better',
  worse: 'worse',
  confirmed: 'better',
  'not confirmed': 'worse',
};

function tableHtml({ columns, rows }: Table, base: string): string {
  const attribute = (i: number, cell?: string): string => {
    const classes = [
      ...(columns[i].isNumber ? ['number'] : []),
      ...(cell !== undefined && columns[i].isNumber && / \[/.test(cell) ? ['breaks'] : []),
      // The first cell is a name, of whatever it is the word.
      ...(i > 0 && cell !== undefined && Object.hasOwn(VERDICT_CLASSES, cell) ? [VERDICT_CLASSES[cell]] : []),
      ...(cell !== undefined && cell.length > 60 ? ['long'] : []),
    ];
    return classes.length > 0 ? ` class="${classes.join(' ')}"` : '';
  };
  const head = columns
    .map(({ title }, i) => `<th scope="col"${attribute(i)}>${htmlText(title)}</th>`)
    .join('');
  const body = rows.map((row) => {
    const isBase = columns[0].title === 'config' && row[0] === base && row.slice(1).includes('base');
    const cells = row.map((cell, i) => {
      const content = columns[i].isNumber ? numberHtml(cell) : htmlText(cell);
      return `<td${attribute(i, cell)}>${content}</td>`;
    });
    return `<tr${isBase ? ' class="base"' : ''}>${cells.join('')}</tr>`;
  });
  return (
    `<div class="scroll"><table>\n<thead><tr>${head}</tr></thead>\n` +
    `<tbody>\n${body.join('\n')}\n</tbody>\n</table></div>`
  );
}

/** A difference may be broken before its interval, and nowhere else. */
function numberHtml(cell: string): string {
  const [, value, interval] = /^(\S+) (\[[^\]]*\])$/.exec(cell) ?? [];
  return interval === undefined ? htmlText(cell) : `${htmlText(value)} <span>${htmlText(interval)}</span>`;
}

function listHtml(items: readonly string[], name: string): string {
  if (items.length === 0) return '';
  return `<ul class="${name}">${items.map((item) => `<li>${htmlText(item)}</li>`).join('')}</ul>`;
}
