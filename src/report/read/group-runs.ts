import type { Experiment } from '../../config/schema.js';
import { compareConfigs, type ConfigDifference } from '../../runs/compare-configs.js';
import type { ReportRun } from './report-run.js';

/** All runs of one config, whatever their seed. */
export interface RunGroup {
  /** Unlike that of every other group. */
  readonly name: string;
  readonly experiment: Experiment;
  readonly runs: readonly ReportRun[];
  /** Finished, one a seed: what means are made of. */
  readonly counted: readonly ReportRun[];
  /** Finished, but of a seed that is counted already. */
  readonly repeats: readonly ReportRun[];
}

/** Groups runs that differ in nothing that changes a result but their seed, in the order they come in. */
export function groupRuns(runs: readonly ReportRun[]): RunGroup[] {
  const groups: ReportRun[][] = [];
  for (const run of runs) {
    const group = groups.find(
      ([first]) => first.job === run.job && resultDifferences(first.experiment, run.experiment).length === 0,
    );
    if (group === undefined) groups.push([run]);
    else group.push(run);
  }
  const names = namesOf(groups);
  return groups.map((group, index) => {
    const sorted = [...group].sort((a, b) => a.seed - b.seed);
    const finished = sorted.filter(({ status }) => status === 'finished');
    const counted = finished.filter((run, i) => i === 0 || finished[i - 1].seed !== run.seed);
    return {
      name: names[index],
      experiment: group[0].experiment,
      runs: sorted,
      counted,
      repeats: finished.filter((run) => !counted.includes(run)),
    };
  });
}

/** Where two experiments differ in what changes a result, their seeds aside. */
export function resultDifferences(before: Experiment, after: Experiment): ConfigDifference[] {
  return compareConfigs(before, after).filter(({ path }) => !NO_RESULT.test(path));
}

// --- internal ---

const NO_RESULT = /^(name|description|train\.seed|data\.dir)$|^(source|engine|log)\b/;

/** The folder's name; where several groups share it, with what tells them apart. */
function namesOf(groups: readonly (readonly ReportRun[])[]): string[] {
  const jobs = groups.map(([{ job }]) => job);
  const isShared = jobs.map((job) => jobs.filter((other) => other === job).length > 1);
  const names = groups.map(([run], index) => {
    if (!isShared[index]) return run.job;
    // The first of that name, for the first itself the second.
    const [[against]] = groups.filter(([other], i) => i !== index && other.job === run.job);
    const differences = resultDifferences(against.experiment, run.experiment);
    const told = differences.slice(0, 2).map(({ path, after }) => `${path}=${shortText(after)}`);
    return `${run.job} (${told.join(', ')})`;
  });
  // Two differences may not tell many groups apart: then the folder does.
  return names.map((name, index) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} [${groups[index][0].dir}]`,
  );
}

/** A value of a config in few letters. */
export function shortText(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}
