import { loadConfig } from '../load-config.js';
import { costOfNetwork } from './network-cost.js';
import { isPredicted } from './predicted-memory.js';

/** Calls of kernels in one train step, and those for which the embedded engine falls back on tf.js's CPU code. */
export interface StepFallbacks {
  readonly model: string;
  readonly calls: number;
  /** By operation. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/**
 * Records a train step of a config's model by its shapes. Undefined where the embedded engine does not run.
 * @throws InvolveError when the config is not valid
 */
export async function stepFallbacks(config: string, cwd: string): Promise<StepFallbacks | undefined> {
  const experiment = loadConfig(config, { engine: 'wasm', device: 'cpu' }, cwd);
  const { memory } = await costOfNetwork(experiment, { cwd });
  if (!isPredicted(memory)) return undefined;
  return { model: experiment.name, calls: memory.calls, fallbacks: memory.fallbacks };
}
