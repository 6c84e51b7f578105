import type { Experiment } from '../../config/schema.js';
import type { Engine, EngineName } from '../../engine/engine.js';
import type { TrainingMemory } from '../../measure/training-memory.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { InvolveError } from '../../util/errors.js';

/** What training would need, and where. */
export interface PredictedMemory extends TrainingMemory {
  readonly engine: EngineName;
  readonly device: 'cpu' | 'cuda';
}

/**
 * What training would need on the engine that would train. Undefined where that is not on this machine or plans
 * nothing. Whatever engine is in use stays so.
 * @param net is used up: its layers get (blank) weights
 */
export async function predictMemory(
  net: Blueprint,
  { engine, data, train }: Experiment,
  classes: number,
  batch: number,
): Promise<PredictedMemory | undefined> {
  const [{ openEngine }, { planTrainingMemory }, { taskOfCount }] = await Promise.all([
    import('../../engine/engine.js'),
    import('../../measure/training-memory.js'),
    import('../../tasks/task-of.js'),
  ]);
  let opened: Engine;
  try {
    // Nothing is computed.
    opened = await openEngine({ ...engine, threads: 1 });
  } catch (error) {
    if (error instanceof InvolveError) return undefined;
    throw error;
  }
  const size = { task: taskOfCount(classes), inputSize: data.inputSize, batch };
  const memory = planTrainingMemory(opened, net, train, size);
  return memory && { ...memory, engine: opened.name, device: opened.device };
}
