import { meanText, signedText, valueText } from '../../metrics/metric-text.js';
import { millions, NOTHING } from '../../util/number-text.js';
import type { Report } from '../report.js';
import type { Published, ReportRow } from '../row.js';
import { differenceText, verdictText } from './result-tables.js';
import { numbers, words, type Table } from './table.js';

/** The article's numbers beside what was measured; undefined where there are none. */
export function publishedTable(report: Report): Table | undefined {
  const { metric } = report;
  const rows = publishedRows(report);
  if (rows.length === 0) return undefined;
  return {
    columns: [
      words('config'),
      numbers(`${metric.title} claimed`),
      numbers('measured, best epoch'),
      numbers('Δ claimed'),
      numbers('Δ measured'),
      words('measured Δ is'),
      numbers('parameters claimed'),
      numbers('counted'),
    ],
    rows: rows.map(({ name, isBase, published, best, parameters }) => [
      name,
      valueText(metric, published.value),
      meanText(metric, best),
      isBase ? 'base' : published.difference === null ? NOTHING : signedText(metric, published.difference),
      differenceText(metric, best.difference),
      verdictText(best),
      published.parametersMillions === null ? NOTHING : `${published.parametersMillions} M`,
      millions(parameters),
    ]),
  };
}

/** The articles whose numbers stand in a report. */
export function articlesOf(report: Report): string[] {
  return [...new Set(publishedRows(report).map(({ published }) => published.article))];
}

// --- internal ---

type PublishedRow = ReportRow & { readonly published: Published };

function publishedRows({ rows }: Report): PublishedRow[] {
  return rows.filter(
    (row): row is PublishedRow =>
      row.published !== null && (row.published.value !== null || row.published.parametersMillions !== null),
  );
}
