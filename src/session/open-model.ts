import type { Experiment } from '../config/schema.js';
import { openEngine, type Engine, type EngineRequest } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import type { Blueprint } from '../layers/blueprint.js';
import { designWithHead, type Design } from '../tasks/design.js';
import { layerTraining, prepareLayers } from '../train/layer-training.js';
import type { DataBatch } from '../tasks/task-of.js';
import type { Task } from '../tasks/task.js';
import { runFailed } from '../util/errors.js';
import { weightsBeyond } from './weights-beyond.js';

/** A network that an engine computes. */
export interface OpenModel {
  readonly experiment: Experiment;
  readonly task: Task<DataBatch>;
  readonly engine: Engine;
  /** The layers and shapes that the model was built from. */
  readonly net: Blueprint;
  readonly design: Design;
  /** With the initial weights of the experiment's seed. */
  readonly model: LayersModel;
  /** Frees the weights. */
  close(): Promise<void>;
}

/**
 * Designs the network of an experiment for a task, opens its engine, which from then on is in use, and builds the model
 * on it.
 *
 * @param request what is asked of the engine in the place of the experiment's own
 * @throws InvolveError: exit code 2 where options do not fit together, 3 where this machine lacks the engine, 1 where it
 * cannot hold the weights
 */
export async function openModel(
  experiment: Experiment,
  task: Task<DataBatch>,
  request: Partial<EngineRequest> = {},
): Promise<OpenModel> {
  const { data, model: config, name, train } = experiment;
  const design = designWithHead(task, config, data.inputSize);
  const { net } = design;
  const engine = await openEngine({ ...experiment.engine, ...request });
  const beyond = weightsBeyond(engine, net);
  if (beyond !== undefined) {
    throw runFailed('E_OUT_OF_MEMORY', {
      what: `the network does not fit here: ${beyond}`,
      where: 'model',
      try: 'a smaller one: involve summary says which layers have the most parameters',
    });
  }
  engine.use();
  const model = net.build(train.seed, name);
  return {
    experiment,
    task,
    engine,
    net,
    design,
    model,
    close: async () => void model.dispose(),
  };
}

/**
 * The same of a network that is to be trained: what its config freezes does not learn.
 * @throws InvolveError as openModel does; exit code 2 where `train.freeze` names no stage of the network
 */
export async function openTrainable(
  experiment: Experiment,
  task: Task<DataBatch>,
  request: Partial<EngineRequest> = {},
): Promise<OpenModel> {
  const opened = await openModel(experiment, task, request);
  prepareLayers(opened.model, layerTraining(opened.design, experiment.train));
  return opened;
}
