import { figuresOf } from './figures.js';
import type { Report } from './report.js';
import type { ReportRun } from './report-run.js';

/** Every number of a report, for programs: rows with their statistics, runs with their epochs, figures with their points. */
export function reportData(report: Report): object {
  const { base, rows, groups, missing, claims } = report;
  return {
    base,
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
  const { dir, seed, status, detail, parameters, macs, command, environment, metrics, scores, experiment } =
    run;
  const bestEpoch = run.best?.epoch;
  return {
    ...{ config, seed, dir, status, detail, isCounted, bestEpoch, parameters, macs, command },
    ...{ experiment, environment, metrics, scores },
  };
}
