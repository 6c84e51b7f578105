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
  const differences = compareConfigs(recorded, experiment).filter(
    // Other workers round otherwise, which is told and not refused.
    ({ path }) => changesResult(path) && path !== 'train.workers',
  );
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

/**
 * A run that has to start again starts from the weights that it started from before.
 * @param before as it is on record; undefined: it is on record that there were none, or nothing is
 */
export function refuseOtherWeights(
  before: { readonly weights: string; readonly sha256: string } | undefined,
  now: { readonly weights: string; readonly sha256: string } | undefined,
  shown: string,
): void {
  if (before === undefined || now === undefined || before.sha256 === now.sha256) return;
  throw badInput('E_RESUME_WEIGHTS', {
    what: `${now.weights} is not the file that the run started from: its content is another (SHA-256 ${now.sha256.slice(0, 12)}…, before ${before.sha256.slice(0, 12)}…)`,
    where: shown,
    try: 'put the file back, or start a new run with --out',
  });
}

/** What is measured too: rows of other columns do not go into the same table. */
export function refuseOtherMetrics(record: RunRecord, metrics: TaskMetrics, shown: string): void {
  const measuredBy = (each: TaskMetrics): string[] =>
    metricColumns(each).filter((column) => /^(train|val)_/.test(column));
  const before = measuredBy(recordedMetrics(record.environment.metrics));
  const now = measuredBy(metrics);
  if (before.join() === now.join()) return;
  throw badInput('E_RESUME_METRICS', {
    what: `what is measured is not what the run was started with: ${now.join(', ')} in the place of ${before.join(', ')}`,
    where: shown,
    try: 'start a new run with --out',
  });
}

/** As many workers as the run was started with, where neither the command line nor the config says otherwise. */
export function withRecordedWorkers(
  record: RunRecord,
  experiment: Experiment,
  options: { readonly workers?: number },
): Experiment {
  const { train } = experiment;
  const workers = recordedWorkers(record);
  if (options.workers !== undefined || train.workers > 1) return experiment;
  return { ...experiment, train: { ...train, workers } };
}

/**
 * What the run was started on, where the command line does not say otherwise.
 * @param workers among whom the threads are shared out
 */
export function recordedEngine(
  record: RunRecord,
  options: { readonly engine?: unknown; readonly threads?: unknown },
  workers: number,
): { name?: EngineName; threads?: number } {
  const { engine, threads } = record.environment;
  return {
    ...(options.engine === undefined && engine?.name ? { name: engine.name as EngineName } : {}),
    ...(options.threads === undefined && threads !== undefined
      ? { threads: Math.max(1, Math.floor((threads * recordedWorkers(record)) / workers)) }
      : {}),
  };
}

/** Why numbers will not come out bit for bit as if the run had never stopped; undefined when they will. */
export function resumeWarning(record: RunRecord, engine: Engine, workers: number): string | undefined {
  const recorded = record.environment.engine;
  const before = recordedWorkers(record);
  if (before !== workers)
    return `the run goes on, but not bit for bit: its batches were shared by ${before} workers before, and by ${workers} now`;
  if (recorded?.name !== engine.name || recorded.description !== engine.description) {
    const before = recorded?.description ?? recorded?.name ?? 'an engine that is not on record';
    return `the run goes on, but not bit for bit: it ran on ${before} before`;
  }
  return recorded.deterministic === false
    ? 'the run goes on, but not bit for bit: engine.deterministic is false'
    : undefined;
}

// --- internal ---

function recordedWorkers({ environment }: RunRecord): number {
  return environment.workers?.length ?? 1;
}
