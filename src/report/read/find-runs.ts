import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { isRun, notARun } from '../../runs/read-run.js';
import { badInput } from '../../util/errors.js';
import { shownPath } from '../../util/shown-path.js';

/** Run folders, and folders made for a run that was never started. */
export interface FoundRuns {
  readonly runs: readonly string[];
  readonly unstarted: readonly string[];
}

/**
 * The run folders of a sweep in their order, begun or not; undefined of a folder that is no sweep's. What a
 * ledger says stands above this folder.
 */
export type JobsOf = (folder: string) => Promise<readonly string[] | undefined>;

/** A sweep is `runs/<sweep>/<job>/seed-<n>`: no run lies deeper below what is named. */
const DEEPEST = 3;

/**
 * The runs that the words of a command line mean: a run folder, a folder with runs below it (a sweep, all
 * seeds of a config), its name under `runs/`, or the config or sweep file that the runs were made from.
 * A run meant twice is found once.
 */
export async function findRuns(
  targets: readonly string[],
  cwd: string,
  jobsOf: JobsOf = () => Promise.resolve(undefined),
): Promise<FoundRuns> {
  const runs = new Set<string>();
  const unstarted = new Set<string>();
  for (const target of targets) {
    const folder = await folderOf(target, cwd);
    const found = await search(folder, DEEPEST, jobsOf);
    if (found.runs.length === 0) throw await noRuns(target, folder, cwd);
    for (const dir of found.runs) runs.add(dir);
    for (const dir of found.unstarted) unstarted.add(dir);
  }
  return { runs: [...runs], unstarted: [...unstarted] };
}

// --- internal ---

const inOrder = new Intl.Collator('en', { numeric: true });

async function folderOf(target: string, cwd: string): Promise<string> {
  const path = resolve(cwd, target);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return path;
  const name = found === undefined ? target : await nameInFile(path);
  const byName = resolve(cwd, 'runs', name);
  const isThere = (await stat(byName).catch(() => undefined))?.isDirectory() ?? false;
  if (isThere) return byName;
  if (found === undefined) return path;
  throw badInput('E_NOT_A_RUN', {
    what: `there are no runs of ${target} in ${shownPath(cwd, byName)}`,
    where: target,
    try: 'name the folder of the runs',
  });
}

/** A config or sweep file says its name; without one it is called like its file. */
async function nameInFile(path: string): Promise<string> {
  const fallback = basename(path, extname(path));
  try {
    const content: unknown = parse(await readFile(path, 'utf8'));
    const name = (content as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? name : fallback;
  } catch {
    return fallback;
  }
}

async function search(folder: string, depth: number, jobsOf: JobsOf): Promise<FoundRuns> {
  if (await isRun(folder)) return { runs: [folder], unstarted: [] };
  const none = { runs: [], unstarted: /^seed-\d+$/.test(basename(folder)) ? [folder] : [] };
  if (depth === 0) return none;
  const jobs = await jobsOf(folder);
  if (jobs !== undefined) {
    const begun = await Promise.all(jobs.map(isRun));
    return { runs: jobs.filter((_, i) => begun[i]), unstarted: jobs.filter((_, i) => !begun[i]) };
  }
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const below: FoundRuns[] = [];
  for (const name of names.sort((a, b) => inOrder.compare(a, b))) {
    below.push(await search(join(folder, name), depth - 1, jobsOf));
  }
  const found = {
    runs: below.flatMap(({ runs }) => runs),
    unstarted: below.flatMap(({ unstarted }) => unstarted),
  };
  // A config may be called like the folder of a seed.
  return found.runs.length + found.unstarted.length === 0 ? none : found;
}

async function noRuns(target: string, folder: string, cwd: string): Promise<Error> {
  const exists = (await stat(folder).catch(() => undefined)) !== undefined;
  if (!exists) return notARun(shownPath(cwd, folder));
  return badInput('E_NOT_A_RUN', {
    what: `there is no run in ${target}`,
    where: target,
    try: 'name a run folder (runs/exp3/seed-0), or a folder of runs (runs/exp3, runs/<sweep>)',
  });
}
