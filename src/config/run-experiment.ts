import { runPaths } from '../runs/run-paths.js';
import { loadExperiment, type LoadOptions } from './load.js';
import type { Experiment } from './schema.js';

/**
 * The experiment of a run, from its config.yaml.
 * @throws InvolveError (exit code 2) as `loadExperiment`
 */
export function loadRunExperiment(dir: string, options: LoadOptions = {}): Experiment {
  return loadExperiment(runPaths(dir).config, options).experiment;
}
