import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { COMPARISONS, type Claim } from '../config/claim-schema.js';
import { whereText } from '../config/located.js';
import { closestString } from '../util/closest-string.js';
import type { Problem } from '../util/errors.js';
import { isSweep, readSweepFile, type SweepSource } from './read-sweep-file.js';

/** What is wrong with the claims of a sweep file: jobs that it does not have. */
export function claimProblems(source: SweepSource, jobs: readonly string[]): Problem[] {
  return source.sweep.claims.flatMap((claim, i) =>
    (['config', ...COMPARISONS] as const).flatMap((key): Problem[] => {
      const name = claim[key];
      if (name === undefined || jobs.includes(name)) return [];
      const meant = closestString(name, jobs);
      return [
        {
          what: `a claim speaks of "${name}", which is no job of this sweep`,
          where: whereText(source.node.origin, ['claims', i, key]),
          try: meant === undefined ? `the jobs are ${jobs.join(', ')}` : `did you mean "${meant}"?`,
        },
      ];
    }),
  );
}

/**
 * The claims that go with what a report is made of: those of a sweep file, or of the copy in a sweep's folder.
 * A config, a run or a folder of runs has none.
 *
 * @throws InvolveError (exit code 2) when the sweep file does not fit its schema
 */
export async function claimsOf(target: string, cwd: string): Promise<readonly Claim[]> {
  const path = resolve(cwd, target);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return isSweep(path) ? readSweepFile(path, cwd).sweep.claims : [];
  const folder = found === undefined ? resolve(cwd, 'runs', target) : path;
  const names = await readdir(folder).catch(() => []);
  const copy = names.find((name) => /^sweep\.(json|ya?ml)$/i.test(name));
  return copy === undefined ? [] : readSweepFile(join(folder, copy), cwd).sweep.claims;
}
