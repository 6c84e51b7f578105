import { statSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { configForSweep, isOfSweep } from '../config/file-kind.js';
import { problemsOf } from '../config/problems.js';
import { toPlain, type LocatedMap } from '../config/located.js';
import { readLocated } from '../config/read/read-located.js';
import { sweepSchema, type SweepFile } from '../config/sweep-schema.js';
import { closestString } from '../util/closest-string.js';
import { badInput } from '../util/errors.js';
import { shownPath } from '../util/shown-path.js';

/** A sweep file that fits its schema, with the lines where its values stand. */
export interface SweepSource {
  /** Absolute. */
  readonly file: string;
  /** The file as the user would type it. */
  readonly label: string;
  readonly text: string;
  readonly name: string;
  readonly sweep: SweepFile;
  readonly node: LocatedMap;
}

/**
 * Reads a sweep file, YAML or JSON. What its paths mean is found out when it is expanded.
 *
 * @throws InvolveError (exit code 2): E_SWEEP_NOT_FOUND, E_CONFIG_SYNTAX, E_SWEEP_INVALID with every problem at once
 */
export function readSweepFile(given: string, cwd: string): SweepSource {
  const file = resolve(cwd, given);
  const label = shownPath(cwd, file);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() !== false) throw notFound(file, label, cwd);
  const read = readLocated(file, label);
  if ('problems' in read) throw badInput('E_CONFIG_SYNTAX', read.problems);
  const misplaced = configForSweep(read.node, label);
  if (misplaced !== undefined) throw misplaced;
  const result = sweepSchema.safeParse(toPlain(read.node));
  if (!result.success) {
    const problems = problemsOf(sweepSchema, read.node, result.error.issues);
    throw badInput(
      'E_SWEEP_INVALID',
      problems.map(({ code: _code, ...problem }) => problem),
    );
  }
  const name = result.data.name ?? basename(file, extname(file)).replace(/[^A-Za-z0-9._-]+/g, '-');
  const node = read.node as LocatedMap; // nothing else fits the schema
  return { file, label, text: readFileSync(file, 'utf8'), name, sweep: result.data, node };
}

/** Whether the file at a path is a sweep and not a config: it names the configs that its jobs change. */
export function isSweep(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const read = readLocated(path, path);
  return 'node' in read && isOfSweep(read.node);
}

// --- internal ---

function notFound(file: string, label: string, cwd: string): Error {
  const isFolder = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const what = isFolder ? `${label} is a folder, not a sweep file` : `there is no sweep file ${label}`;
  const meant = nearestSweep(file);
  return badInput('E_SWEEP_NOT_FOUND', {
    what,
    try: meant && `did you mean "${shownPath(cwd, meant)}"?`,
  });
}

/** The file that was meant: of its folder, or of `configs/sweeps` beside it. */
function nearestSweep(file: string): string | undefined {
  for (const folder of [dirname(file), join(dirname(file), 'configs', 'sweeps')]) {
    const names = namesIn(folder);
    const exact = names.find((name) => basename(name, extname(name)) === basename(file, extname(file)));
    const name = exact ?? closestString(basename(file), names);
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /\.(json|ya?ml)$/i.test(name) && name !== 'schema.json');
  } catch {
    return [];
  }
}
