import type { TrainConfig } from '../../train/options.js';
import type { Engine } from '../../engine/engine.js';
import { memoryNeed } from '../../engine/footprint.js';
import { bytesOfState } from '../../measure/training-memory.js';
import type { LayersModel } from '../../engine/tf.js';
import type { TrainEvent } from '../../train/events.js';
import { gigabytes } from '../../util/gigabytes.js';

/**
 * What to tell before a step that needs more memory than there is: the system ends a process that asks for too much
 * without a word. Undefined where the memory suffices.
 */
export function memoryNote(
  { footprint, device }: Pick<Engine, 'footprint' | 'device'>,
  model: LayersModel,
  train: TrainConfig,
  plan: Extract<TrainEvent, { type: 'plan' }>,
): string | undefined {
  if (footprint === undefined) return undefined;
  const { limitBytes } = footprint;
  const { batch } = plan;
  // A step that an engine cannot even address ends with its own message.
  const need = memoryNeed({ ...footprint, engineBytes: undefined }, plan, bytesOfState(model, train), batch);
  if (need.largestBatch === batch) return undefined;
  const [work, key] =
    plan.of === 'statistics'
      ? ['measuring statistics', 'train.batchNormBatch']
      : ['a step', 'train.batchSize'];
  const owner = device === 'cuda' ? 'the GPU' : 'this machine';
  const fits = need.largestBatch > 0 ? `${key} ${need.largestBatch} fits` : 'not even one image fits';
  return (
    `${work} with a batch of ${batch} needs about ${gigabytes(need.bytes)}, and ${owner} has ${gigabytes(limitBytes)}: ` +
    `the system may end the run for it; ${fits}`
  );
}
