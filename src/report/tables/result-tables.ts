import type { Metric } from '../../metrics/metric.js';
import { meanText, signedText } from '../../metrics/metric-text.js';
import type { PairedDifference, Verdict } from '../../metrics/statistics.js';
import { fourDigits, millions, NOTHING, relative, times } from '../../util/number-text.js';
import type { Report } from '../report.js';
import type { Measure, ReportRow } from '../row.js';
import { numbers, words, type Column, type Table } from './table.js';

/**
 * The metric that counts, of every config: best epoch, last epoch, and where they were measured the mean of the best
 * epochs and test; each with its Δ to the base.
 */
export function metricTable({ rows, metric }: Report): Table {
  const columns: Column[] = [
    words('config'),
    numbers('seeds'),
    ...measureColumns('best epoch'),
    ...measureColumns('last epoch'),
  ];
  const cells = (measure: Measure): string[] => [
    meanText(metric, measure),
    differenceText(metric, measure.difference),
    verdictText(measure),
  ];
  const none = [NOTHING, NOTHING, NOTHING];
  const hasRaw = rows.some(({ lastRaw }) => lastRaw !== null);
  if (hasRaw) columns.push(...measureColumns('last epoch, not averaged'));
  const hasAveraged = rows.some(({ averaged }) => averaged !== null);
  if (hasAveraged) columns.push(...measureColumns('averaged'));
  const hasTest = rows.some(({ test }) => test !== null);
  if (hasTest) columns.push(...measureColumns('test'));
  return {
    columns,
    rows: rows.map((row) => [
      row.name,
      seedsText(row),
      ...cells(row.best),
      ...cells(row.last),
      ...(hasRaw ? (row.lastRaw === null ? none : cells(row.lastRaw)) : []),
      ...(hasAveraged ? (row.averaged === null ? none : cells(row.averaged)) : []),
      ...(hasTest ? (row.test === null ? none : cells(row.test)) : []),
    ]),
  };
}

/** What every config costs beside the base: as counted, and as measured while it was trained. */
export function costTable({ rows }: Report): Table {
  const isTimed = rows.some(({ milliseconds }) => milliseconds !== null);
  return {
    columns: [
      words('config'),
      numbers('parameters'),
      numbers('of base'),
      numbers('Δ'),
      numbers('multiply-adds'),
      numbers('of base'),
      numbers('Δ'),
      ...(isTimed ? [numbers('ms an image'), numbers('of base'), numbers('Δ')] : []),
    ],
    rows: rows.map((row) => [
      row.name,
      millions(row.parameters),
      times(row.parametersRatio),
      deltaText(row, row.parametersRatio),
      millions(row.macs),
      times(row.macsRatio),
      deltaText(row, row.macsRatio),
      ...(isTimed
        ? [
            row.milliseconds === null ? NOTHING : fourDigits(row.milliseconds),
            times(row.millisecondsRatio),
            deltaText(row, row.millisecondsRatio),
          ]
        : []),
    ]),
  };
}

/** `3`, or `2 of 3` where not all runs finished. */
export function seedsText({ finished, found }: Pick<ReportRow, 'finished' | 'found'>): string {
  return finished === found ? String(finished) : `${finished} of ${found}`;
}

/** `+2.4 [+0.5, +4.3]`: a difference and its interval. */
export function differenceText(metric: Metric, difference: PairedDifference | null): string {
  if (difference === null) return 'base';
  const { mean, interval } = difference;
  if (mean === null) return NOTHING;
  const text = (value: number): string => signedText(metric, value);
  if (interval === null) return text(mean);
  return `${text(mean)} [${text(interval.low)}, ${text(interval.high)}]`;
}

export function verdictText({ difference, mean }: Measure): Verdict | '' {
  return difference === null || mean === null ? '' : difference.verdict;
}

// --- internal ---

function measureColumns(title: string): Column[] {
  return [numbers(title), numbers(`Δ ${title}`), words('verdict')];
}

function deltaText({ isBase }: ReportRow, ratio: number | null): string {
  return isBase ? 'base' : relative(ratio);
}
