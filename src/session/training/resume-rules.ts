import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import type { Engine, EngineName } from '../../engine/engine.js';
import { changesResult, compareConfigs, resumeConfigError } from '../../runs/compare-configs.js';
import type { RunRecord } from '../../runs/run-folder.js';
import { badInput } from '../../util/errors.js';
import { loadRunExperiment } from '../../config/run-experiment.js';
import type { TaskMetrics } from '../../metrics/metric.js';
import { metricColumns } from '../../runs/record/metrics-csv.js';
import { recordedMetrics } from '../../tasks/recorded-metrics.js';

/** The config must be the one the run was started with, in all that has a part in the result. */
export function refuseOtherConfig(record: RunRecord, experiment: Experiment, shown: string): void {
  const recorded = loadRunExperiment(record.dir);
  const differences = compareConfigs(recorded, experiment).filter(({ path }) => changesResult(path));
  if (differences.length > 0) throw resumeConfigError(shown, differences);
}

/** The images too. */
export function refuseOtherData(record: RunRecord, dataset: Dataset, shown: string): void {
  const recorded = record.environment.data?.fingerprint;
  if (recorded === undefined || recorded === dataset.fingerprint) return;
  throw badInput('E_RESUME_DATA', {
    what: 'the images are not those that the run was started on',
    where: shown,
    try: 'point data.dir at the same data, or start a new run with --out',
  });
}

/** What is measured too: rows of other columns do not go into the same table. */
export function refuseOtherMetrics(record: RunRecord, metrics: TaskMetrics, shown: string): void {
  const before = metricColumns(recordedMetrics(record.environment.metrics));
  const now = metricColumns(metrics);
  if (before.join() === now.join()) return;
  const only = (some: readonly string[], others: readonly string[]): string =>
    some.filter((column) => !others.includes(column)).join(', ') || 'nothing else';
  throw badInput('E_RESUME_METRICS', {
    what: `the run was measured by ${only(before, now)}, and now it would be by ${only(now, before)}`,
    where: shown,
    try: 'start a new run with --out',
  });
}

/** What the run was started on, where the command line does not say otherwise. */
export function recordedEngine(
  record: RunRecord,
  options: { readonly engine?: unknown; readonly threads?: unknown },
): { name?: EngineName; threads?: number } {
  const { engine, threads } = record.environment;
  return {
    ...(options.engine === undefined && engine?.name ? { name: engine.name as EngineName } : {}),
    ...(options.threads === undefined && threads !== undefined ? { threads } : {}),
  };
}

/** Why numbers will not come out bit for bit as if the run had never stopped; undefined when they will. */
export function resumeWarning(record: RunRecord, engine: Engine): string | undefined {
  const recorded = record.environment.engine;
  if (recorded?.name !== engine.name || recorded.description !== engine.description) {
    const before = recorded?.description ?? recorded?.name ?? 'an engine that is not on record';
    return `the run goes on, but not bit for bit: it ran on ${before} before`;
  }
  return recorded.deterministic === false
    ? 'the run goes on, but not bit for bit: engine.deterministic is false'
    : undefined;
}
