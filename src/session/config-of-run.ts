import { resolve } from 'node:path';
import { isRun } from '../runs/run-folder.js';
import { runPaths } from '../runs/run-paths.js';

/** The config of a run folder; of anything else, itself. */
export async function configOfRun(target: string, cwd: string): Promise<string> {
  return (await isRun(resolve(cwd, target))) ? runPaths(target).config : target;
}
