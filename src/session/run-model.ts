import { resolve } from 'node:path';
import { loadExperiment } from '../config/load.js';
import type { Experiment } from '../config/schema.js';
import type { Engine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import { openRunForReading, type RunRecord } from '../runs/run-folder.js';
import { runPaths, type CheckpointName } from '../runs/run-paths.js';
import { badInput } from '../util/errors.js';
import { shownPath } from '../util/shown-path.js';

/** A trained model, ready to be asked. */
export interface RunModel {
  readonly record: RunRecord;
  readonly dir: string;
  /** The folder as the user would type it. */
  readonly shown: string;
  readonly experiment: Experiment;
  readonly classes: readonly string[];
  readonly checkpoint: CheckpointName;
  readonly epoch: number;
  readonly engine: Engine;
  readonly model: LayersModel;
}

/**
 * Builds a run's model from its config and fills it from its best checkpoint, or the last one where none is
 * the best yet. The run's own engine is not needed: any engine gives the same numbers within its tolerance.
 */
export async function openRunModel(run: string, cwd: string, set: readonly string[] = []): Promise<RunModel> {
  const dir = resolve(cwd, run);
  const shown = shownPath(cwd, dir);
  const record = await openRunForReading(dir);
  const { experiment } = loadExperiment(runPaths(dir).config, { cwd, set });
  const classes = record.environment.classes as readonly string[] | undefined;
  const best = await record.checkpoint('best');
  const file = best ?? (await record.checkpoint('last'));
  if (!file || !classes) {
    throw badInput('E_NO_CHECKPOINT', {
      what: `the run ${shown} has no checkpoint yet`,
      where: shown,
      try: `let it train for an epoch: involve train ${runPaths(shown).config} --resume --out ${shown}`,
    });
  }
  const [{ openEngine }, { designModel }, { fromStored }, { restoreWeights }] = await Promise.all([
    import('../engine/engine.js'),
    import('../tasks/classification/head.js'),
    import('../train/checkpoint-tensors.js'),
    import('../train/state.js'),
  ]);
  const checkpoint = best ? 'best' : 'last';
  const source = runPaths(shown).checkpoint(checkpoint);
  const state = fromStored(file, source);
  const engine = await openEngine({ ...experiment.engine, name: 'auto', device: 'auto' });
  engine.use();
  const net = designModel(experiment.model, experiment.data.inputSize, classes.length);
  const model = net.build(experiment.train.seed, experiment.name);
  restoreWeights(model, state.tensors, source);
  return { record, dir, shown, experiment, classes, checkpoint, epoch: state.progress.epoch, engine, model };
}
