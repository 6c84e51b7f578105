import type { Experiment } from '../../config/schema.js';
import { designWithHead } from '../../tasks/design.js';
import { data } from '../../data/options.js';
import { targetOf } from '../../data/sets/index.js';
import type { InputSize } from '../../models/registry.js';
import { taskOfCount } from '../../tasks/task-of.js';
import { classCount } from './class-count.js';
import { refuseOtherSizes, refuseOtherStages } from '../other-sizes.js';
import { costOf, type ModelCost } from './model-cost.js';
import { predictMemory, type PredictedMemory, type UnknownMemory } from './predicted-memory.js';

export interface CostOptions {
  readonly cwd: string;
  /** Those of the data, where it is not given. */
  readonly classes?: number;
  /** Of the images, where it is not data.inputSize. */
  readonly size?: InputSize;
  /** How the command line says the classes; undefined where it cannot. */
  readonly classesFlag?: string;
  /** Of the memory of training; that of the config, where it is not given. */
  readonly batch?: number;
}

/** What a network costs, and what training it would take. */
export interface NetworkCost {
  readonly cost: ModelCost;
  /** Undefined where the engine that would train is not here, or plans nothing. */
  readonly memory: PredictedMemory | UnknownMemory | undefined;
}

/**
 * Counts the network of an experiment; nothing is computed and no weight is filled.
 * @throws InvolveError where options do not fit together, or nothing tells the classes
 */
export async function costOfNetwork(
  experiment: Experiment,
  { cwd, classes: given, classesFlag, batch = experiment.train.batchSize, size }: CostOptions,
): Promise<NetworkCost> {
  const classes = given ?? (await classCount(experiment, cwd, classesFlag));
  refuseOtherSizes(experiment);
  refuseOtherStages(experiment);
  const design = designWithHead(
    taskOfCount(classes, { target: targetOf(experiment.data) }),
    experiment.model,
    size ?? experiment.data.inputSize,
  );
  const cost = costOf(design.net, experiment, classes, batch);
  if (typeof size === 'object') return { cost, memory: { reason: 'training takes square images' } };
  const { maxValue: largest } = data.shape.inputSize;
  if (size !== undefined && largest !== null && size > largest)
    return { cost, memory: { reason: `training takes images of up to ${largest}×${largest}` } };
  return { cost, memory: await predictMemory(design, experiment, classes, batch) };
}
