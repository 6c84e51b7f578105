import type { Document, Section } from '../sections.js';
import type { ReportFormat } from './format.js';
import type { Figure } from '../figures/figure.js';
import type { Table } from '../tables/table.js';
import { oneLine } from '../../util/one-line.js';

/** With a picture beside it for every figure. */
export const format: ReportFormat = async (_report, document, name) => {
  const { drawFigure } = await import('../figures/draw-figure.js');
  const fileOf = ({ id }: Figure): string => `${name}-${id}.svg`;
  const beside: [string, string][] = [];
  const lead = document.lead === undefined ? [] : [document.lead];
  for (const figure of [...lead, ...document.sections.flatMap(({ figures }) => figures)]) {
    const { title, spec } = figure;
    beside.push([fileOf(figure), await drawFigure(spec, { standalone: { title } })]);
  }
  return { text: toMarkdown(document, fileOf), beside };
};

/**
 * A report as Markdown.
 * @param pictureOf the file of a figure, as the page links to it; without it there are tables only
 */
export function toMarkdown(document: Document, pictureOf?: (figure: Figure) => string): string {
  const blocks = [
    `# ${escape(document.title)}`,
    escape(document.subject),
    document.lead && pictureOf ? picture(document.lead, pictureOf) : '',
    list(document.findings),
    document.warnings.map((text) => `> **Note:** ${escape(text)}`).join('\n>\n'),
    ...document.sections.flatMap((section) => sectionBlocks(section, pictureOf)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** A table of GitHub's Markdown, its columns lined up for who reads the text. */
export function markdownTable({ columns, rows }: Table): string {
  const head = columns.map(({ title }) => escape(title));
  const cells = rows.map((row) => row.map(escape));
  const widths = head.map((title, i) => Math.max(3, width(title), ...cells.map((row) => width(row[i]))));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => pad(cell, i)).join(' | ')} |`;
  const pad = (cell: string, i: number): string => {
    const space = ' '.repeat(widths[i] - width(cell));
    return columns[i].isNumber ? space + cell : cell + space;
  };
  const rule = columns.map(
    ({ isNumber }, i) => '-'.repeat(widths[i] - (isNumber ? 1 : 0)) + (isNumber ? ':' : ''),
  );
  return [line(head), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n');
}

// --- internal ---

function sectionBlocks(section: Section, pictureOf?: (figure: Figure) => string): string[] {
  const { title, text, figures, tables, code, isFolded } = section;
  const pictures = pictureOf ? figures.map((figure) => picture(figure, pictureOf)) : [];
  const body = [
    ...pictures,
    ...tables.map(({ caption, table }) =>
      [caption === undefined ? '' : `**${escape(caption)}**\n\n`, markdownTable(table)].join(''),
    ),
    list(text),
    code.length === 0 ? '' : fenced(code.join('\n')),
  ].filter((block) => block !== '');
  if (body.length === 0) return [];
  return isFolded
    ? [`<details><summary>${title}</summary>`, ...body, '</details>']
    : [`## ${title}`, ...body];
}

/** Code between fences that nothing in it closes. */
function fenced(code: string): string {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${code}\n${fence}`;
}

function picture(figure: Figure, pictureOf: (figure: Figure) => string): string {
  const path = encodeURI(pictureOf(figure)).replace(/[()]/g, (letter) => (letter === '(' ? '%28' : '%29'));
  return `![${escape(figure.title)}](${path})\n\n${figure.caption}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${escape(item)}`).join('\n');
}

/** Letters that Markdown would take for its own. */
function escape(text: string): string {
  return oneLine(text.replaceAll('\n', ' '))
    .replace(/[\\`*<>|]|(?<!\w)_|_(?!\w)/g, (letter) => `\\${letter}`)
    .replaceAll('](', ']\\(');
}

function width(text: string): number {
  return [...text].length;
}
