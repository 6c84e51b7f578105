import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../util/atomic-write.js';
import { runPaths } from '../run-paths.js';

/**
 * config.yaml: the resolved config, enough to repeat the run. Its schema is that of every config, which stands above
 * this folder: `config/run-experiment.ts` reads it, and knows the keys of older ones.
 */

/** As text. */
export function readConfig(dir: string): Promise<string> {
  return readFile(runPaths(dir).config, 'utf8');
}

/** @param text YAML */
export async function writeConfig(dir: string, text: string): Promise<void> {
  await writeFileAtomic(runPaths(dir).config, text);
}
