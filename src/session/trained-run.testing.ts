import { join } from 'node:path';
import { ConfigFolder } from '../config/testing.js';
import { loadExperiment, resolvedYaml } from '../config/load.js';
import { targetOf } from '../data/sets/index.js';
import { createRun } from '../runs/run-folder.js';
import { taskOf } from '../tasks/task-of.js';
import { toStored } from '../train/checkpoint-tensors.js';
import { captureState, startOf } from '../train/state.js';
import { openModel } from './open-model.js';

/** Names of the drawn scenes. */
export const SCENES = ['buildings', 'forest', 'glacier', 'mountain', 'sea', 'street'];

/** The smallest EfficientNet on a few drawn scenes. */
const CONFIG = {
  name: 'made',
  data: { name: 'scenes', inputSize: 16, scenes: { train: 24, test: 20 } },
  model: { family: 'efficientnet', attention: { type: 'none' }, removeStages: [3, 4, 5, 6, 7, 8] },
  train: { batchSize: 8, epochs: 1 },
};

/**
 * A folder with the run `run`, as training leaves one, of a model that has learned nothing.
 * @param model in the place of the smallest EfficientNet without attention
 * @param data in the place of a few drawn scenes
 * @param classes of that data
 */
export async function makeTrainedRun(
  model: object = CONFIG.model,
  data: object = CONFIG.data,
  classes: readonly string[] = SCENES,
): Promise<ConfigFolder> {
  const folder = new ConfigFolder();
  folder.write('made.json', { ...CONFIG, model, data });
  const { experiment } = loadExperiment('made.json', { cwd: folder.path });
  const task = taskOf({ classes, target: targetOf(experiment.data) }, experiment.train);
  const { model: built, close } = await openModel(experiment, task, { name: 'reference', device: 'cpu' });
  const optimizer = { slots: [], apply: () => undefined, dispose: () => undefined };
  const progress = { ...startOf(0, task.training.start), epoch: 1 };
  const state = captureState({ model: built, optimizer, ema: undefined }, progress);
  await close();
  const dir = join(folder.path, 'run');
  const config = resolvedYaml(experiment);
  const run = await createRun({ dir, config, environment: { classes: [...classes] } });
  await run.saveCheckpoint('best', toStored(state));
  await run.close();
  return folder;
}
