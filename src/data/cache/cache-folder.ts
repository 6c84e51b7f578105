import { resolve } from 'node:path';
import { missing, runFailed } from '../../util/errors.js';
import { makeFolder } from '../../util/writing/make-folder.js';

const advice = 'set INVOLVE_CACHE_DIR to a folder with room for the decoded images';

/** What the system says where a folder cannot be made or written to, in words. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a file, or a link to nowhere, stands in its place',
  ENOENT: 'its disk is not there',
  ENXIO: 'its disk is not there',
  ENODEV: 'its disk is not there',
  ESTALE: 'its disk is not there any more',
  EIO: 'its disk is broken',
  ELOOP: 'a link in its path leads to itself',
  ENAMETOOLONG: 'its path is too long',
};

/** A folder below the cache folder, made if it is not there. */
export async function makeCacheFolder(cacheDir: string, name: string): Promise<string> {
  const folder = resolve(cacheDir, name);
  await makeFolder(folder);
  return folder;
}

/** What is wrong with the cache folder, in words; any other error as it is. */
export function cacheProblem(error: unknown, cacheDir: string): unknown {
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const problem = { what: 'the disk is full: the decoded images do not fit', where: cacheDir, try: advice };
    return runFailed('E_DATA_CACHE_FULL', problem, { cause: error });
  }
  const ours = resolve(cacheDir);
  // What has a path elsewhere, and what was read, is of the images.
  const isOurs = path === undefined ? syscall !== 'read' : path.startsWith(ours) || ours.startsWith(path);
  const refusal = refusals[code];
  if (refusal === undefined || !isOurs) return error;
  const problem = {
    what: `the cache folder cannot be written: ${refusal} (${code})`,
    where: cacheDir,
    try: advice,
  };
  return missing('E_DATA_CACHE', problem, { cause: error });
}
