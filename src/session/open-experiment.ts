import type { Experiment } from '../config/schema.js';
import { openDataset, type Dataset, type SplitName } from '../data/dataset.js';
import type { EngineRequest } from '../engine/engine.js';
import { taskOf, taskOptions } from '../tasks/task-of.js';
import { refuseOtherSizes, refuseOtherStages } from './other-sizes.js';
import { openTrainable, type OpenModel } from './open-model.js';

/** A model and the data it is about. */
export interface OpenExperiment extends OpenModel {
  readonly dataset: Dataset;
}

export interface ExperimentRequest {
  readonly cwd: string;
  readonly splits: readonly SplitName[];
  /** What is asked of the engine in the place of the experiment's own. */
  readonly engine?: Partial<EngineRequest>;
  /** Called while images are decoded. */
  readonly onDecode?: (done: number, total: number) => void;
  /** Stops decoding before the next image. */
  readonly signal?: AbortSignal;
  /** Called with what a reader of the results should know of the data, before anything else is opened. */
  readonly onNote?: (text: string) => void;
}

/**
 * Opens what a config needs to be trained: its data, then the model for the task that the data is of.
 * @throws InvolveError: exit code 2 for bad data or options, 3 where this machine lacks data or engine
 * @throws the reason of `signal`, while images are decoded
 */
export async function openExperiment(
  experiment: Experiment,
  { cwd, splits, engine, onDecode, signal, onNote }: ExperimentRequest,
): Promise<OpenExperiment> {
  // What does not fit together is said before hours of decoding.
  refuseOtherStages(experiment);
  refuseOtherSizes(experiment);
  const dataset = await openDataset(experiment.data, {
    cwd,
    splits,
    randomCrops: experiment.augment.randomResizedCrop !== null,
    onProgress: onDecode,
    signal,
  });
  try {
    for (const note of dataset.notes) onNote?.(note);
    const { augment } = experiment;
    const task = taskOf(dataset, { ...taskOptions(experiment), mixing: augment });
    const opened = await openTrainable(experiment, task, engine);
    return {
      ...opened,
      dataset,
      close: async () => {
        await opened.close();
        await dataset.close();
      },
    };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}
