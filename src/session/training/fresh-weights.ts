import type { OpenExperiment } from '../open-experiment.js';
import { startFromImages } from './start-from-images.js';

/**
 * Makes the model what training begins with where it does not go on from a checkpoint. Every worker of a job does it, and
 * has the same afterwards: it depends on the experiment and its data alone.
 */
export async function freshWeights({ experiment, model, dataset }: OpenExperiment): Promise<void> {
  const { augment, data } = experiment;
  await startFromImages(model, dataset.train, { augment, workers: data.workers });
}
