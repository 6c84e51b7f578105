import { loadExperiment } from '../config/load.js';
import { designModel } from '../tasks/classification/head.js';
import { classCount } from './class-count.js';
import { predictMemory } from './predicted-memory.js';

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
  const { experiment } = loadExperiment(config, { set: ['engine.name=wasm', 'engine.device=cpu'], cwd });
  const { data, model, train, name } = experiment;
  const classes = await classCount(experiment, cwd);
  const net = designModel(model, data.inputSize, classes);
  const planned = await predictMemory(net, experiment, classes, train.batchSize);
  return planned && { model: name, calls: planned.calls, fallbacks: planned.fallbacks };
}
