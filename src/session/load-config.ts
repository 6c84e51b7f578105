import { loadExperiment } from '../config/load.js';
import type { GivenOverride } from '../config/override.js';
import type { Experiment } from '../config/schema.js';

/** What a command line may say of an experiment beside its file. */
export interface ConfigFlags {
  /** `path=value` */
  readonly set?: readonly string[];
  /** In the place of train.seed. */
  readonly seed?: number;
  /** In the place of train.workers. */
  readonly workers?: number;
  /** In the place of engine.name, engine.device, engine.threads and data.inputSize. */
  readonly engine?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly input?: number;
}

/** The same, where a command has more flags that change a config. */
export type AllFlags = Omit<ConfigFlags, 'set'> & { readonly set?: readonly GivenOverride[] };

/**
 * The experiment of a config with everything that flags say of it.
 * @param onNote is told of keys that have a new name
 * @throws InvolveError (exit code 2) with every problem at once
 */
export function loadConfig(
  config: string,
  flags: AllFlags,
  cwd: string,
  onNote: (text: string) => void = () => undefined,
): Experiment {
  const { experiment, notes } = loadExperiment(config, { set: overridesOf(flags), seed: flags.seed, cwd });
  for (const note of notes) onNote(note);
  return experiment;
}

/** The flags as overrides, in the order in which they count. */
export function overridesOf({ set = [], ...flags }: AllFlags): GivenOverride[] {
  const said = Object.entries(PATHS).flatMap(([name, path]): GivenOverride[] => {
    const value = flags[name as keyof typeof PATHS];
    return value === undefined ? [] : [{ text: `${path}=${value}`, flag: `--${name} ${value}` }];
  });
  return [...set, ...said];
}

// --- internal ---

/** What a flag says of the config; each is typed as it is called. */
const PATHS = {
  workers: 'train.workers',
  engine: 'engine.name',
  device: 'engine.device',
  threads: 'engine.threads',
  input: 'data.inputSize',
} as const;
