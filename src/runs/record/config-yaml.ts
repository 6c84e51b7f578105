import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { explainSystemError } from '../../util/system-error.js';
import { runPaths } from '../run-paths.js';

/**
 * config.yaml: the resolved config, enough to repeat the run. Its schema is that of every config, which stands above
 * this folder: `config/run-experiment.ts` reads it, and knows the keys of older ones.
 */

/**
 * As text.
 * @throws InvolveError for what keeps it from being read, with its path: the system's own error of a read has none
 */
export async function readConfig(dir: string): Promise<string> {
  const { config } = runPaths(dir);
  return readFile(config, 'utf8').catch((error: unknown) => {
    throw explainSystemError(error, config) ?? error;
  });
}

/** @param text YAML */
export async function writeConfig(dir: string, text: string): Promise<void> {
  await writeFileAtomic(runPaths(dir).config, text);
}
