import { runPaths } from '../runs/run-paths.js';
import { withMeanings, type FormerMeaning } from './former-meanings.js';
import { loadExperiment, type LoadOptions } from './load.js';
import type { Experiment } from './schema.js';

/**
 * The experiment of a run, from its config.yaml.
 * @throws InvolveError (exit code 2) as `loadExperiment`
 */
export function loadRunExperiment(dir: string, options: LoadOptions = {}): Experiment {
  return loadExperiment(runPaths(dir).config, options).experiment;
}

/**
 * An experiment as a run goes on with it: where the run's config lacks a key, since an older version made it, the key means
 * what it meant then.
 */
export function asRunBegan(
  dir: string,
  experiment: Experiment,
): { readonly experiment: Experiment; readonly former: readonly FormerMeaning[] } {
  const { former } = loadExperiment(runPaths(dir).config);
  const changed = former.filter(({ path, value }) => valueAt(experiment, path) !== value);
  return { experiment: withMeanings(experiment, changed), former: changed };
}

function valueAt(experiment: Experiment, path: FormerMeaning['path']): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], experiment);
}
