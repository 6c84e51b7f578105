import type { Experiment } from '../config/schema.js';
import type { TrainingMemory } from '../explain/training-memory.js';
import type { Blueprint } from '../models/blueprint.js';
import { InvolveError } from '../util/errors.js';

/**
 * What training would need, planned on the embedded engine, which is where memory is short. Undefined where
 * that engine does not run, or is not the one of the config.
 * @param net is used up: its layers get (blank) weights
 */
export async function predictMemory(
  net: Blueprint,
  { engine, data, train }: Experiment,
  classes: number,
  batch: number,
): Promise<TrainingMemory | undefined> {
  if (engine.name !== 'auto' && engine.name !== 'wasm') return undefined;
  const [{ openEngine }, { planTrainingMemory }] = await Promise.all([
    import('../engine/engine.js'),
    import('../explain/training-memory.js'),
  ]);
  try {
    await openEngine({ name: 'wasm', device: 'cpu', threads: 1 });
  } catch (error) {
    if (error instanceof InvolveError) return undefined;
    throw error;
  }
  return planTrainingMemory(net, train, { inputSize: data.inputSize, classes, batch });
}
