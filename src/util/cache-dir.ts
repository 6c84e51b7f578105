import { homedir } from 'node:os';
import { join } from 'node:path';
import { withHome } from './home-path.js';

/** Where derived files are kept: `INVOLVE_CACHE_DIR`, else the cache folder of the operating system. */
export function defaultCacheDir(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.INVOLVE_CACHE_DIR) return withHome(env.INVOLVE_CACHE_DIR, 'INVOLVE_CACHE_DIR');
  if (env.XDG_CACHE_HOME) return join(withHome(env.XDG_CACHE_HOME, 'XDG_CACHE_HOME'), 'involve');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'involve');
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'involve', 'cache');
  return join(homedir(), '.cache', 'involve');
}
