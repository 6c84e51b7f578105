import { stringify } from 'csv-stringify/sync';
import type { Measure, Report } from './report.js';

/** The ablation table as CSV: a row a config, shares (0…1) and whole counts, every digit; empty where unknown. */
export function toCsv({ rows, base }: Report): string {
  const records = rows.map((row) => ({
    config: row.name,
    base,
    seeds_finished: row.finished,
    seeds_found: row.found,
    seeds_diverged: row.diverged,
    ...measureCells('best', row.best),
    ...measureCells('last', row.last),
    ...measureCells('test', row.test),
    parameters: row.parameters,
    parameters_ratio: row.parametersRatio,
    macs: row.macs,
    macs_ratio: row.macsRatio,
    claim_accuracy: row.claim?.accuracy ?? null,
    claim_accuracy_delta: row.claim?.accuracyDifference ?? null,
    claim_parameters_millions: row.claim?.parametersMillions ?? null,
    article: row.claim?.article ?? null,
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
