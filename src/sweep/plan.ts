import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { loadExperiment, type LoadedExperiment } from '../config/load.js';
import { overrideText, type GivenOverride } from '../config/override.js';
import type { Experiment } from '../config/schema.js';
import { changesResult } from '../runs/compare-configs.js';
import { badInput, InvolveError, SHOWN_PROBLEMS, type Problem } from '../util/errors.js';
import { resolveUserPath } from '../util/home-path.js';
import { shownPath } from '../util/shown-path.js';
import { claimProblems } from './claims.js';
import { expandSweep, type Variant } from './expand.js';
import { readSweepFile, type SweepSource } from './read-sweep-file.js';

/** One run of a sweep. */
export interface SweepJob {
  /** `exp3/seed-0`: which job it is, and its folder within that of the sweep. */
  readonly id: string;
  readonly name: string;
  readonly seed: number;
  /** Its config with every default filled in; called like the job, with the job's seed. */
  readonly experiment: Experiment;
  readonly changes: Readonly<Record<string, unknown>>;
  /** Of everything in the config that has a part in the result. */
  readonly fingerprint: string;
  /** The run folder, absolute. */
  readonly dir: string;
  /** The config that the run is started with, absolute. */
  readonly configFile: string;
}

export interface SweepPlan {
  readonly name: string;
  readonly source: SweepSource;
  readonly cwd: string;
  /** The words after `involve` that ask for it. */
  readonly command: readonly string[];
  /** The folder of the sweep, absolute, and as the user would type it. */
  readonly dir: string;
  readonly shown: string;
  /** In the order in which they are started: all of the first seed, all of the second … */
  readonly jobs: readonly SweepJob[];
  /** A sentence, said once, for what of the configs is odd or has another name now (`LoadedExperiment.notes`). */
  readonly notes: readonly string[];
}

export interface PlanOptions {
  readonly cwd: string;
  /** Overrides of the command line, over those of the file. */
  readonly set?: readonly GivenOverride[];
  /** Folder of the sweep; `runs/<name>` by default. */
  readonly out?: string;
  /** The words after `involve` that ask for it; by default those of the sweep file alone. */
  readonly command?: readonly string[];
}

/**
 * Everything a sweep will do: reads the sweep file, and validates the config of every job.
 *
 * @throws InvolveError (exit code 2) with the problems of all jobs at once, each named once
 */
export function planSweep(
  file: string,
  { cwd, set = [], out, command = ['sweep', file] }: PlanOptions,
): SweepPlan {
  const source = readSweepFile(file, cwd);
  refuseReservedFlags(set);
  const { variants, problems } = expandSweep(source);
  const dir = resolve(cwd, out ?? join('runs', source.name));
  const names = variants.map(({ name }) => name);
  const found = [...problems, ...claimProblems(source, names)];
  const loaded = loadAll(source, variants, found, set, cwd);
  const experiments = loaded.map(({ experiment }) => experiment);
  const seeds = source.sweep.seeds ?? [undefined];
  const jobs = seeds.flatMap((seed) =>
    variants.map((variant, i) => jobOf(dir, variant, experiments[i], seed ?? experiments[i].train.seed)),
  );
  const notes = [...new Set(loaded.flatMap((each) => each.notes))];
  return { name: source.name, source, cwd, command, dir, shown: shownPath(cwd, dir), jobs, notes };
}

/** A hash of everything in a config that has a part in the result, the seed excepted. */
export function fingerprintOf(experiment: Experiment): string {
  const values = pathsOf({ ...experiment, train: { ...experiment.train, seed: 0 } })
    .filter(([path]) => changesResult(path))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16);
}

// --- internal ---

function jobOf(dir: string, variant: Variant, experiment: Experiment, seed: number): SweepJob {
  const { name, changes } = variant;
  const id = `${name}/seed-${seed}`;
  return {
    id,
    name,
    seed,
    experiment: { ...experiment, name, train: { ...experiment.train, seed } },
    changes,
    fingerprint: fingerprintOf({ ...experiment, name }),
    dir: join(dir, name, `seed-${seed}`),
    configFile: join(dir, name, 'job.yaml'),
  };
}

/** The configs of all variants, or the problems of all. */
function loadAll(
  source: SweepSource,
  variants: readonly Variant[],
  found: readonly Problem[],
  set: readonly GivenOverride[],
  cwd: string,
): LoadedExperiment[] {
  const problems = new Map(found.map((problem) => [`${problem.where}\n${problem.what}`, problem]));
  const loaded = variants.flatMap((variant) => {
    // All that is told is found; thousands of variants are not read for more of the same.
    if (problems.size > SHOWN_PROBLEMS) return [];
    const file = resolveUserPath(dirname(source.file), variant.config);
    try {
      return [loadExperiment(file, { cwd, overrides: variant.overrides, set })];
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
      for (const problem of error.problems) {
        const where = problem.where ?? variant.configWhere;
        const placed = { ...problem, where, try: hint(error, problem, source, variant, cwd) };
        // The same mistake is found again in every variant.
        problems.set(`${placed.where}\n${placed.what}`, placed);
      }
      return [];
    }
  });
  if (problems.size > 0) throw badInput('E_SWEEP_INVALID', [...problems.values()]);
  return loaded;
}

/** A config named as from the current folder, though paths in a sweep file start from the file. */
function hint(
  error: InvolveError,
  problem: Problem,
  source: SweepSource,
  { config }: Variant,
  cwd: string,
): string | undefined {
  if (error.code !== 'E_CONFIG_NOT_FOUND' || !existsSync(resolve(cwd, config)) || extname(config) === '')
    return problem.try;
  const meant = relative(dirname(source.file), resolve(cwd, config));
  return `paths start from the sweep file: did you mean "${meant}"?`;
}

function refuseReservedFlags(set: readonly GivenOverride[]): void {
  const problems = set.flatMap((given): Problem[] => {
    const { text, flag } = overrideText(given);
    const path = text.split('=')[0];
    if (path !== 'train.seed' && path !== 'name') return [];
    const hintText =
      path === 'name' ? 'the sweep has a folder: --out' : 'give them in the file: seeds: [0, 1, 2]';
    return [{ what: `a sweep cannot change "${path}"`, where: flag, try: hintText }];
  });
  if (problems.length > 0) throw badInput('E_ARGUMENT', problems);
}

/** Every path of a config down to single values and lists. */
function pathsOf(value: object, prefix = ''): [path: string, value: unknown][] {
  return Object.entries(value).flatMap(([key, each]: [string, unknown]): [string, unknown][] => {
    const path = `${prefix}${key}`;
    const isMap = typeof each === 'object' && each !== null && !Array.isArray(each);
    return isMap ? pathsOf(each, `${path}.`) : [[path, each]];
  });
}
