import { join } from 'node:path';
import { keyOf } from '../../metrics/metric.js';
import { valueWithUnit } from '../../metrics/metric-text.js';
import { recordedMetrics } from '../../tasks/recorded-metrics.js';
import type { LedgerJob } from '../../sweep/ledger-file.js';
import { readOutcome } from '../../sweep/outcome.js';
import type { SweepPlan } from '../../sweep/plan.js';
import { clock, NOTHING } from '../../util/number-text.js';
import { textTable } from './text-table.js';

/** What a sweep will do: a line a job. */
export function planTable(plan: SweepPlan, entries: readonly LedgerJob[]): string[] {
  const rows = entries.map(({ name, seed, changes, folder, state }) => [
    name,
    String(seed),
    changesText(changes),
    join(plan.shown, folder),
    state,
  ]);
  const open = entries.filter(({ state }) => state !== 'done').length;
  const { set } = plan.source.sweep;
  return [
    `sweep ${plan.name}: ${entries.length} jobs, ${open} of them not done`,
    ...(Object.keys(set).length > 0 ? [`in every job: ${changesText(set)}`] : []),
    '',
    ...textTable(['job', 'seed', 'changes', 'run folder', 'state'], rows, 5),
  ];
}

/** How a sweep went: a line a job. */
export async function resultTable(plan: SweepPlan, entries: readonly LedgerJob[]): Promise<string[]> {
  const outcomes = await Promise.all(entries.map(({ folder }) => readOutcome(join(plan.dir, folder))));
  const measured = outcomes.find((outcome) => outcome !== undefined)?.measured;
  const { primary } = measured ?? recordedMetrics(undefined);
  const key = keyOf('val', primary);
  const rows = entries.map(({ name, seed, state }, i) => {
    const { best, final, seconds } = outcomes[i]?.summary ?? {};
    return [
      name,
      String(seed),
      state,
      best ? `${valueWithUnit(primary, best[key])} (epoch ${best.epoch})` : NOTHING,
      valueWithUnit(primary, final?.[key]),
      seconds === undefined ? NOTHING : clock(seconds),
    ];
  });
  const head = ['job', 'seed', 'state', `best validation ${primary.title}`, 'at the end', 'time'];
  return [...textTable(head, rows, 3), '', `sweep folder   ${plan.shown}`];
}

/** `model.alpha=0.5, train.epochs=3` */
function changesText(changes: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(changes).map(([path, value]) => `${path}=${valueText(value)}`);
  return parts.length === 0 ? '–' : parts.join(', ');
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
