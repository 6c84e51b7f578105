import { stringify } from 'csv-stringify/sync';
import type { ReportFormat } from './format.js';
import type { Report } from '../report.js';
import type { Measure } from '../row.js';
import { csvName } from '../../util/one-line.js';
import { slug } from '../title-text.js';

export const format: ReportFormat = (report) => ({ text: toCsv(report) });

/** The ablation table as CSV: a row a config, shares (0…1) and whole counts, every digit; empty where unknown. */
export function toCsv({ rows, base, metric }: Report): string {
  const published = `claim_${slug(metric.title).replaceAll('-', '_')}`;
  const hasAveraged = rows.some(({ averaged }) => averaged !== null);
  const hasRaw = rows.some(({ lastRaw }) => lastRaw !== null);
  const records = rows.map((row) => ({
    config: csvName(row.name),
    base: csvName(base),
    seeds_finished: row.finished,
    seeds_found: row.found,
    seeds_diverged: row.diverged,
    ...measureCells('best', row.best),
    ...measureCells('last', row.last),
    ...(hasRaw ? measureCells('last_raw', row.lastRaw) : {}),
    ...(hasAveraged ? measureCells('averaged', row.averaged) : {}),
    ...measureCells('test', row.test),
    parameters: row.parameters,
    parameters_ratio: row.parametersRatio,
    macs: row.macs,
    macs_ratio: row.macsRatio,
    step_ms_per_image: row.milliseconds,
    step_ms_per_image_ratio: row.millisecondsRatio,
    [published]: row.published?.value ?? null,
    [`${published}_delta`]: row.published?.difference ?? null,
    claim_parameters_millions: row.published?.parametersMillions ?? null,
    article: row.published ? csvName(row.published.article) : null,
  }));
  return stringify(records, { header: true, cast: { number: (value) => String(value) } });
}

// --- internal ---

function measureCells(name: string, measure: Measure | null): Record<string, string | number | null> {
  const difference = measure?.difference;
  return {
    [`${name}_mean`]: measure?.mean ?? null,
    [`${name}_sd`]: measure?.sd ?? null,
    [`${name}_low`]: measure?.interval?.low ?? null,
    [`${name}_high`]: measure?.interval?.high ?? null,
    [`${name}_values`]: measure?.bySeed.map(({ seed, value }) => `${seed}:${value}`).join(' ') ?? null,
    [`${name}_delta`]: difference?.mean ?? null,
    [`${name}_delta_low`]: difference?.interval?.low ?? null,
    [`${name}_delta_high`]: difference?.interval?.high ?? null,
    [`${name}_pairs`]: difference?.count ?? null,
    [`${name}_verdict`]: difference?.verdict ?? null,
  };
}
