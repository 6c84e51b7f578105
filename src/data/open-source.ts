import { badInput, missing } from '../util/errors.js';
import { defaultCacheDir } from '../util/cache-dir.js';
import { resolveUserPath } from '../util/home-path.js';
import type { DataConfig } from './options.js';
import { isFolder } from './read-problem.js';
import { dataSet, standInFor } from './sets/index.js';
import type { DataSource } from './source.js';

/** Folder of a data set: `data.dir`, else `datasets/<name>`. */
export function dataFolder(config: Pick<DataConfig, 'name' | 'dir'>, cwd: string = process.cwd()): string {
  return resolveUserPath(cwd, config.dir ?? `datasets/${config.name}`);
}

/** The folder that a data set is read from; null where there is none, since it is drawn. */
export function sourceFolder(config: DataConfig, cwd: string = process.cwd()): string | null {
  return dataSet(config.name).drawn ? null : dataFolder(config, cwd);
}

/**
 * Finds and lists a data set without decoding anything; says what to do where it is absent.
 * @param cacheDir where indexes of large sets are kept
 * @param signal stops the listing
 * @throws the reason of `signal`
 */
export async function openSource(
  config: DataConfig,
  cwd: string = process.cwd(),
  cacheDir: string = defaultCacheDir(),
  signal?: AbortSignal,
): Promise<DataSource> {
  const set = dataSet(config.name);
  const dir = dataFolder(config, cwd);
  if (!set.drawn && !isFolder(dir)) {
    throw absent(config, dir, dir === dataFolder({ name: config.name, dir: null }, cwd));
  }
  const source = await set.open(dir, config, cacheDir, signal);
  if (!set.drawn || config.dir === null) return source;
  const note = `data.dir has no effect: ${set.name} are drawn, not read`;
  return { ...source, notes: [note, ...source.notes] };
}

function absent(config: DataConfig, dir: string, isDefault: boolean): Error {
  const elsewhere = '`--set data.dir=FOLDER` where it lies elsewhere';
  const drawn = (more: string): string =>
    `\`--set data.name=${standInFor(config).name}${more}\` for drawn images that need no download`;
  if (!isDefault) {
    return badInput('E_DATA_DIR', {
      what: `data.dir is not a folder: ${config.dir}`,
      where: dir,
      try: `correct data.dir, or ${drawn(' --set data.dir=null')}`,
    });
  }
  const get = dataSet(config.name).fetch === null ? [] : [`\`involve data get ${config.name}\``];
  return missing('E_DATA_MISSING', {
    what: `the data set ${config.name} is not on this machine`,
    where: dir,
    try: [...get, elsewhere, drawn('')].join(', or '),
  });
}
