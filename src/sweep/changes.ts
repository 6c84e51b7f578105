import { existsSync } from 'node:fs';
import { loadExperiment } from '../config/load.js';
import type { Experiment } from '../config/schema.js';
import { changesResult, compareConfigs } from '../runs/compare-configs.js';
import { isRun } from '../runs/run-folder.js';
import { runPaths } from '../runs/run-paths.js';
import { badInput, type Problem } from '../util/errors.js';
import type { LedgerFile } from './ledger-file.js';
import type { SweepJob, SweepPlan } from './plan.js';

/**
 * A sweep that has begun may get more jobs, and nothing else: a result of the first half would stand beside
 * one of the second that means something else. As long as no job was begun everything may change.
 *
 * @throws InvolveError E_SWEEP_CHANGED naming the jobs that are gone and what changed in the others
 */
export async function refuseChanges(plan: SweepPlan, ledger: LedgerFile | undefined): Promise<void> {
  const before = ledger?.jobs.some(({ attempts }) => attempts > 0) ? ledger.jobs : [];
  const now = new Map(plan.jobs.map((job) => [job.id, job]));
  const removed = before.filter(({ folder }) => !now.has(folder)).map(({ folder }) => folder);
  const problems: Problem[] = [];
  if (removed.length > 0)
    problems.push({ what: `the sweep no longer has ${listOf(removed)}`, where: plan.source.label });

  const known = new Map(before.map((entry) => [entry.folder, entry]));
  /** The jobs by what changed in them: one edit of a base config changes them all. */
  const changed = new Map<string, string[]>();
  for (const job of plan.jobs) {
    if (known.get(job.id)?.fingerprint === job.fingerprint) continue;
    for (const text of await differences(job, known.has(job.id))) {
      changed.set(text, [...(changed.get(text) ?? []), job.id]);
    }
  }
  for (const [text, ids] of changed)
    problems.push({ what: `${text} (${listOf(ids)})`, where: plan.source.label });
  if (problems.length === 0) return;
  const last = problems.length - 1;
  problems[last] = {
    ...problems[last],
    try: `take the change back, or call the sweep otherwise (name: …, or --out); jobs may be added to ${plan.shown}`,
  };
  throw badInput('E_SWEEP_CHANGED', problems);
}

// --- internal ---

/**
 * In what a job differs from what it was. Its config is compared to the one it was started with as both are
 * read today, so that an option which is new in the program, with its default, is no change.
 */
async function differences(job: SweepJob, isKnown: boolean): Promise<string[]> {
  const file = (await isRun(job.dir)) ? runPaths(job.dir).config : isKnown ? job.configFile : undefined;
  // Of a job that has not begun, records kept without checkpoints hold no config.
  if (file === undefined || !existsSync(file)) return [];
  const before = recorded(file);
  if (before === undefined)
    return [`its config is another now, and the one it was started with cannot be read: ${file}`];
  const withSeed = { ...before, train: { ...before.train, seed: job.seed } };
  return compareConfigs(withSeed, job.experiment)
    .filter(({ path }) => changesResult(path))
    .map(
      (each) => `${each.path} is ${show(each.after)}, but the sweep was started with ${show(each.before)}`,
    );
}

function recorded(file: string): Experiment | undefined {
  try {
    return loadExperiment(file).experiment;
  } catch {
    return undefined;
  }
}

function listOf(ids: readonly string[]): string {
  const shown = ids.slice(0, 4).join(', ');
  return ids.length <= 4 ? shown : `${shown} and ${ids.length - 4} more`;
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
