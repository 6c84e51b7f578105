import { figuresOf } from './figures/figures.js';
import type { Report } from './report.js';
import type { ReportRun } from './read/report-run.js';

/** Of what `reportData` gives; a key may be added without a new one. */
const VERSION = 1;

/** Every number of a report, for programs: rows with their statistics, runs with their epochs, figures with their points. */
export function reportData(report: Report): object {
  const { base, metric, rows, groups, missing, claims } = report;
  return {
    version: VERSION,
    base,
    metric,
    configs: rows,
    claims,
    runs: groups.flatMap((group) =>
      group.runs.map((run) => runData(run, group.name, group.counted.includes(run))),
    ),
    missing,
    figures: figuresOf(report).map(({ id, title, caption, data }) => ({ id, title, caption, data })),
  };
}

// --- internal ---

function runData(run: ReportRun, config: string, isCounted: boolean): object {
  return {
    config,
    seed: run.seed,
    dir: run.dir,
    status: run.status,
    detail: run.detail,
    isCounted,
    bestEpoch: run.best?.epoch,
    parameters: run.parameters,
    macs: run.macs,
    command: run.command,
    experiment: run.experiment,
    environment: run.environment,
    metrics: run.metrics,
    scores: run.scores,
  };
}
