import { loadExperiment } from '../config/load.js';
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

/**
 * The experiment of a config with everything that flags say of it.
 * @param onNote is told of keys that have a new name
 * @throws InvolveError (exit code 2) with every problem at once
 */
export function loadConfig(
  config: string,
  flags: ConfigFlags,
  cwd: string,
  onNote: (text: string) => void = () => undefined,
): Experiment {
  const { experiment, notes } = loadExperiment(config, { set: overridesOf(flags), seed: flags.seed, cwd });
  for (const note of notes) onNote(note);
  return experiment;
}

/** The flags as overrides, in the order in which they count. */
export function overridesOf({ set = [], workers, engine, device, threads, input }: ConfigFlags): string[] {
  const overrides = [...set];
  if (workers !== undefined) overrides.push(`train.workers=${workers}`);
  if (engine !== undefined) overrides.push(`engine.name=${engine}`);
  if (device !== undefined) overrides.push(`engine.device=${device}`);
  if (threads !== undefined) overrides.push(`engine.threads=${threads}`);
  if (input !== undefined) overrides.push(`data.inputSize=${input}`);
  return overrides;
}
