import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { closestString } from '../util/closest-string.js';
import { badInput, type InvolveError, type Problem, toldNotes } from '../util/errors.js';
import { resolveUserPath } from '../util/home-path.js';
import { shellWord } from '../util/shell-words.js';
import { shownPath } from '../util/shown-path.js';
import { problemsOf } from './problems.js';
import {
  fromPlain,
  nearest,
  toPlain,
  whereText,
  type ConfigPath,
  type Located,
  type Origin,
} from './located.js';
import { shownValue } from '../util/shown-value.js';
import { sweepForConfig } from './file-kind.js';
import { spacedValue } from './glued-key.js';
import { withFormerMeanings, type FormerMeaning } from './former-meanings.js';
import { merge } from './merge.js';
import { oddities } from './oddities/oddities.js';
import { readLocated } from './read/read-located.js';
import { applyOverrides, parseOverride, type GivenOverride, type Override } from './override.js';
import { runPaths } from '../runs/run-paths.js';
import { renameKeys } from './renamed.js';
import { experimentSchema, type Experiment } from './schema.js';
import { withTaskDefaults } from './task-defaults.js';

export interface LoadOptions {
  /** Values laid over the file before those of `set`. */
  readonly overrides?: readonly Override[];
  /** Overrides `path=value` in the order in which they were given. */
  readonly set?: readonly GivenOverride[];
  /** Takes the place of `train.seed`. */
  readonly seed?: number;
  /** What relative paths start from; the process's current directory by default. */
  readonly cwd?: string;
}

export interface LoadedExperiment {
  /** The experiment, every default filled in; `extends` and `$schema` are done with and gone. */
  readonly experiment: Experiment;
  /** The files it was made of, absolute: the config, what it extends, what that extends … */
  readonly files: readonly string[];
  /** A sentence for each key that is called otherwise now, and for what is odd and can be trained (`oddities`). */
  readonly notes: readonly string[];
  /** What keys meant that are missing in the config of a run, since an older version made it. */
  readonly former: readonly FormerMeaning[];
  /** Where a value was written: `configs/exp3.json:12: model.attention.groups`, or the flag. */
  readonly where: (path: ConfigPath) => string;
}

/**
 * Reads an experiment from YAML or JSON, with what it `extends` and with overrides, and validates it.
 *
 * `extends` is relative to the file that says it; `name` and `description` belong to a file and are not
 * inherited (without a `name` an experiment is called like its file). `data.dir` is relative to the
 * current directory, wherever the config stands.
 *
 * @throws InvolveError (exit code 2) with every problem at once: E_CONFIG_NOT_FOUND, E_CONFIG_SYNTAX,
 * E_CONFIG_EXTENDS_CYCLE, E_CONFIG_UNKNOWN_KEY, E_CONFIG_INVALID, E_SET_SYNTAX
 */
export function loadExperiment(file: string, options: LoadOptions = {}): LoadedExperiment {
  const cwd = options.cwd ?? process.cwd();
  const chain = readChain(resolve(cwd, file), cwd);
  const notes: string[] = [];
  const current = (node: Located): Located => {
    const renamed = renameKeys(experimentSchema, node);
    notes.push(...renamed.notes);
    return renamed.node;
  };
  const former: FormerMeaning[] = [];
  const base = chain
    .map(({ file, node }) => {
      const now = current(node);
      if (!isRecorded(file)) return now;
      const meant = withFormerMeanings(now);
      former.push(...meant.former);
      return meant.node;
    })
    .reduceRight((below, over) => current(merge(experimentSchema, below, over)));
  const { overrides, problems } = readOverrides(options);
  const overridden = applyOverrides(experimentSchema, named(base, chain), overrides);
  notes.push(...overridden.notes);
  const config = withTaskDefaults(current(overridden.config));
  problems.push(...overridden.problems);
  const result = experimentSchema.safeParse(toPlain(config));
  if (!result.success) problems.push(...problemsOf(experimentSchema, config, result.error.issues));
  if (problems.length > 0 || !result.success) throw problemsFound(problems);
  const experiment = { ...result.data };
  delete experiment.extends;
  delete experiment.$schema;
  const whereOf = (path: ConfigPath): string => whereText(nearest(config, path).origin, path);
  for (const { path, text } of oddities(experiment)) notes.push(`${whereOf(path)}: ${text}`);
  return {
    experiment,
    files: chain.map((link) => link.file),
    notes: toldNotes([...new Set(notes)]),
    former,
    where: whereOf,
  };
}

/** The resolved config as YAML: enough to repeat the run, and it loads back to an equal experiment. */
export function resolvedYaml(experiment: Experiment): string {
  return stringify(experiment, { lineWidth: 0 });
}

// --- internal ---

interface Link {
  readonly file: string;
  /** The file behind links, which tells a circle. */
  readonly real: string;
  readonly node: Located;
}

/** The config and what it extends, the config first. */
function readChain(first: string, cwd: string): Link[] {
  const chain: Link[] = [];
  let file: string | undefined = first;
  let origin: Origin | undefined;
  while (file !== undefined) {
    const label = shownPath(cwd, file);
    if (chain.length === LONGEST_CHAIN) {
      throw badInput('E_CONFIG_INVALID', {
        what: `${LONGEST_CHAIN} configs extend each other already, and ${label} would be one more`,
        where: whereText(origin!, ['extends']),
        try: 'put what they say into fewer files',
      });
    }
    const real = existsSync(file) ? realpathSync(file) : file;
    if (chain.some((link) => link.real === real)) {
      const circle = [...chain.map((link) => shownPath(cwd, link.file)), label].join(' → ');
      throw badInput('E_CONFIG_EXTENDS_CYCLE', {
        what: `extends goes in a circle: ${circle}`,
        where: whereText(origin!, ['extends']),
      });
    }
    checkFile(file, label, cwd, origin);
    const read = readConfig(file, label, origin);
    if ('problems' in read) throw badInput('E_CONFIG_SYNTAX', read.problems);
    if (read.node.kind !== 'map') throw noKeys(read.node);
    const misplaced = sweepForConfig(read.node, label);
    if (misplaced !== undefined) throw misplaced;
    const over = chain.length === 0 ? read.node : inherited(read.node);
    chain.push({ file, real, node: over });
    const next = read.node.entries.get('extends');
    const target: unknown = next && toPlain(next);
    origin = next?.origin;
    // Anything but text is left to the schema to complain about.
    file = typeof target === 'string' ? resolveUserPath(dirname(file), target) : undefined;
  }
  return chain;
}

/** Whether a file was written with every default filled in, for a run or for a job of a sweep. */
function isRecorded(file: string): boolean {
  const folder = dirname(file);
  const { config, environment, checkpoints } = runPaths(folder);
  if (file === config) return existsSync(environment) || existsSync(checkpoints);
  return basename(file) === 'job.yaml' && existsSync(join(folder, '..', 'ledger.json'));
}

/** More than anybody can follow. */
const LONGEST_CHAIN = 32;

function noKeys(node: Located): InvolveError {
  const value = toPlain(node);
  const kind = Array.isArray(value) ? 'a list' : shownValue(value);
  return badInput('E_CONFIG_INVALID', {
    what: `a config is keys and their values, and the whole of this file is ${kind}`,
    where: whereText(node.origin, []),
    try: spacedValue(value) ?? 'look into a shipped one, such as configs/quickstart.json',
  });
}

/** What a config takes from the one it extends. */
function inherited(node: Located): Located {
  if (node.kind !== 'map') return node;
  const own = ['name', 'description', '$schema', 'extends'];
  return { ...node, entries: new Map([...node.entries].filter(([key]) => !own.includes(key))) };
}

function named(config: Located, chain: readonly Link[]): Located {
  if (config.kind !== 'map' || config.entries.has('name')) return config;
  const { file, node } = chain[0];
  const name = fromPlain(basename(file, extname(file)), node.origin);
  return { ...config, entries: new Map([['name', name], ...config.entries]) };
}

function readOverrides({ overrides: written = [], set = [], seed }: LoadOptions): {
  overrides: Override[];
  problems: (Problem & { code: string })[];
} {
  const overrides: Override[] = [...written];
  const problems: (Problem & { code: string })[] = [];
  for (const text of set) {
    const override = parseOverride(text);
    if ('problem' in override) problems.push(override.problem);
    else overrides.push(override);
  }
  if (seed !== undefined) {
    const flag = `--seed ${seed}`;
    const value = { text: String(seed) };
    overrides.push({ path: ['train', 'seed'], value, origin: { flag }, place: flag });
  }
  return { overrides, problems };
}

function problemsFound(problems: readonly (Problem & { code: string })[]): InvolveError {
  const codes = new Set(problems.map(({ code }) => code));
  const code = codes.size === 1 ? problems[0].code : 'E_CONFIG_INVALID';
  return badInput(
    code,
    problems.map(({ code: _code, ...problem }) => problem),
  );
}

function readConfig(file: string, label: string, origin: Origin | undefined): ReturnType<typeof readLocated> {
  try {
    return readLocated(file, label);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    const where = origin && whereText(origin, ['extends']);
    throw badInput(
      'E_CONFIG_UNREADABLE',
      { what: `no permission to read ${label}`, where },
      { cause: error },
    );
  }
}

function checkFile(file: string, label: string, cwd: string, origin: Origin | undefined): void {
  const where = origin && whereText(origin, ['extends']);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory() === false) return; // a file, or a pipe
  if (found !== undefined) {
    const inside = statSync(join(file, 'config.yaml'), { throwIfNoEntry: false });
    throw badInput('E_CONFIG_NOT_FOUND', {
      what: `${label} is a folder, not a config`,
      where,
      try: inside && `${shellWord(join(label, 'config.yaml'))}`,
    });
  }
  const meant = nearestConfig(file);
  throw badInput('E_CONFIG_NOT_FOUND', {
    what: `there is no config ${label}`,
    where,
    try: meant && `did you mean "${shownPath(cwd, meant)}"?`,
  });
}

/** The config that was meant: of its folder, or of `configs` beside it. */
function nearestConfig(file: string): string | undefined {
  const folders = [dirname(file), join(dirname(file), 'configs')];
  for (const folder of folders) {
    const names = configNames(folder);
    const exact = names.find((name) => basename(name, extname(name)) === basename(file, extname(file)));
    const name = exact ?? closestString(basename(file), names);
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}

function configNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /\.(json|ya?ml)$/i.test(name) && name !== 'schema.json');
  } catch {
    return [];
  }
}
