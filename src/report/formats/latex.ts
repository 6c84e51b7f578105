import { judgedClaimTable } from '../claims.js';
import type { ReportFormat } from './format.js';
import { publishedTable } from '../tables/published-table.js';
import { costTable, metricTable } from '../tables/result-tables.js';
import { slug, titleCase } from '../title-text.js';
import { readingNotes, subject } from '../remarks.js';
import type { Report } from '../report.js';
import type { Table } from '../tables/table.js';
import { oneLine } from '../../util/one-line.js';

export const format: ReportFormat = (report) => ({ text: toLatex(report) });

/** The tables of a report as LaTeX: `\input` it into an article that has `\usepackage{booktabs}`. */
export function toLatex(report: Report): string {
  const judged = judgedClaimTable(report.claims);
  const published = publishedTable(report);
  const { title } = report.metric;
  const notes = readingNotes(report).map((note) => `% ${note}`);
  return [
    '% Needs \\usepackage{booktabs}; a wide table fits with \\resizebox{\\linewidth}{!}{…}.',
    ...notes,
    tableText(metricTable(report), `${titleCase(title)}. ${subject(report)}`, slug(title)),
    tableText(
      costTable(report),
      'Cost: parameters, multiply-adds of an image, and its time in a training step.',
      'cost',
    ),
    ...(published
      ? [tableText(published, 'What the article claimed beside what was measured.', 'claims')]
      : []),
    ...(judged ? [tableText(judged, 'What is claimed, and what these runs say.', 'judged')] : []),
    '',
  ].join('\n');
}

// --- internal ---

function tableText({ columns, rows }: Table, caption: string, label: string): string {
  const line = (cells: readonly string[]): string => `  ${cells.map(escape).join(' & ')} \\\\`;
  return [
    '',
    '\\begin{table}',
    `  \\caption{${escape(caption)}}`,
    `  \\label{tab:${label}}`,
    '  \\centering\\small',
    `  \\begin{tabular}{@{}${columns.map(({ isNumber }) => (isNumber ? 'r' : 'l')).join('')}@{}}`,
    '  \\toprule',
    line(columns.map(({ title }) => title)),
    '  \\midrule',
    ...rows.map(line),
    '  \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
  ].join('\n');
}

const SYMBOLS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '±': '$\\pm$',
  '×': '$\\times$',
  Δ: '$\\Delta$',
  α: '$\\alpha$',
  '−': '$-$',
  '–': '--',
  '…': '\\dots{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '$<$',
  '>': '$>$',
  // After the end of a row it would begin an option.
  '[': '{[}',
};

function escape(text: string): string {
  return oneLine(text.replaceAll('\n', ' ')).replace(
    /[\\±×Δα−–…~^<>[]|[&%$#_{}]/gu,
    (letter) => SYMBOLS[letter] ?? `\\${letter}`,
  );
}
