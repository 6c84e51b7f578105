import type { Experiment } from '../../config/schema.js';
import { targetOf } from '../../data/sets/index.js';
import type { Engine, EngineName } from '../../engine/engine.js';
import type { TrainingMemory } from '../../measure/training-memory.js';
import type { Design } from '../../tasks/design.js';
import { InvolveError } from '../../util/errors.js';
import { weightsBeyond } from '../weights-beyond.js';

/** What training would need, and where. */
export interface PredictedMemory extends TrainingMemory {
  readonly engine: EngineName;
  readonly device: 'cpu' | 'cuda';
}

/** Why what training would need cannot be told, in half a sentence. */
export interface UnknownMemory {
  readonly reason: string;
}

/** Whether it could be predicted; undefined, where there is nothing to predict, is no. */
export function isPredicted(memory: PredictedMemory | UnknownMemory | undefined): memory is PredictedMemory {
  return memory !== undefined && !('reason' in memory);
}

/**
 * What training would need on the engine that would train, or why that cannot be told: whoever asks has more to say of
 * the network. Undefined where the engine is not on this machine or plans nothing. Whatever engine is in use stays so.
 * @param design is used up: its layers get (blank) weights
 */
export async function predictMemory(
  design: Design,
  { engine, data, train }: Experiment,
  classes: number,
  batch: number,
): Promise<PredictedMemory | UnknownMemory | undefined> {
  const [{ openEngine }, { planTrainingMemory }, { layerTraining }, { taskOfCount }] = await Promise.all([
    import('../../engine/engine.js'),
    import('../../measure/training-memory.js'),
    import('../../train/layer-training.js'),
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
  const { net } = design;
  const task = taskOfCount(classes, { target: targetOf(data) });
  const beyond = weightsBeyond(opened, net);
  if (beyond !== undefined) return { reason: beyond };
  try {
    const layers = layerTraining(design, train);
    const memory = planTrainingMemory(opened, net, train, { task, inputSize: data.inputSize, batch, layers });
    return memory && { ...memory, engine: opened.name, device: opened.device };
  } catch (error) {
    return { reason: error instanceof RangeError ? 'the network is too deep' : firstLine(error) };
  }
}

// --- internal ---

function firstLine(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/\.$/, '').replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
