import type { Verdict } from '../metrics/statistics.js';
import {
  differenceText,
  meanAndDeviation,
  millions,
  NOTHING,
  percent,
  relative,
  signedPercent,
  times,
} from './format.js';
import type { Measure, Report, ReportRow } from './report.js';
import { numbers, words, type Column, type Table } from './table.js';

/** Accuracy of every config: best epoch, last epoch, and test where it was measured; each with its Δ to the base. */
export function accuracyTable({ rows }: Report): Table {
  const columns: Column[] = [
    words('config'),
    numbers('seeds'),
    ...measureColumns('best epoch'),
    ...measureColumns('last epoch'),
  ];
  const hasTest = rows.some(({ test }) => test !== null);
  if (hasTest) columns.push(...measureColumns('test'));
  return {
    columns,
    rows: rows.map((row) => [
      row.name,
      seedsText(row),
      ...measureCells(row.best),
      ...measureCells(row.last),
      ...(hasTest ? (row.test === null ? [NOTHING, NOTHING, NOTHING] : measureCells(row.test)) : []),
    ]),
  };
}

/** What every config costs beside the base. */
export function costTable({ rows }: Report): Table {
  return {
    columns: [
      words('config'),
      numbers('parameters'),
      numbers('of base'),
      numbers('Δ'),
      numbers('multiply-adds'),
      numbers('of base'),
      numbers('Δ'),
    ],
    rows: rows.map((row) => [
      row.name,
      ...[millions(row.parameters), times(row.parametersRatio), deltaText(row, row.parametersRatio)],
      ...[millions(row.macs), times(row.macsRatio), deltaText(row, row.macsRatio)],
    ]),
  };
}

/** What the article claimed beside what was measured; undefined where no config has a claim. */
export function claimTable({ rows }: Report): Table | undefined {
  const claimed = rows.filter(
    ({ claim }) => claim !== null && (claim.accuracy !== null || claim.parametersMillions !== null),
  );
  if (claimed.length === 0) return undefined;
  return {
    columns: [
      words('config'),
      numbers('accuracy claimed'),
      numbers('measured, best epoch'),
      numbers('Δ claimed'),
      numbers('Δ measured'),
      words('measured Δ is'),
      numbers('parameters claimed'),
      numbers('counted'),
    ],
    rows: claimed.map(({ name, isBase, claim, best, parameters }) => [
      name,
      percent(claim!.accuracy),
      meanAndDeviation(best),
      isBase
        ? 'base'
        : claim!.accuracyDifference === null
          ? NOTHING
          : signedPercent(claim!.accuracyDifference),
      differenceText(best.difference),
      verdictText(best),
      claim!.parametersMillions === null ? NOTHING : `${claim!.parametersMillions} M`,
      millions(parameters),
    ]),
  };
}

/** The articles whose claims stand in a report. */
export function articlesOf({ rows }: Report): string[] {
  const claimed = rows.flatMap(({ claim }) =>
    claim !== null && (claim.accuracy !== null || claim.parametersMillions !== null) ? [claim.article] : [],
  );
  return [...new Set(claimed)];
}

/** `3`, or `2 of 3` where not all runs finished. */
export function seedsText({ finished, found }: Pick<ReportRow, 'finished' | 'found'>): string {
  return finished === found ? String(finished) : `${finished} of ${found}`;
}

// --- internal ---

function measureColumns(title: string): Column[] {
  return [numbers(title), numbers(`Δ ${title}`), words('verdict')];
}

function measureCells(measure: Measure): string[] {
  return [meanAndDeviation(measure), differenceText(measure.difference), verdictText(measure)];
}

function verdictText({ difference, mean }: Measure): Verdict | '' {
  return difference === null || mean === null ? '' : difference.verdict;
}

function deltaText({ isBase }: ReportRow, ratio: number | null): string {
  return isBase ? 'base' : relative(ratio);
}
