import type { OpenExperiment } from '../open-experiment.js';
import type { Start, StartRecord } from '../weights/start-from.js';
import { startFromImages } from './start-from-images.js';

/**
 * Makes the model what training begins with where it does not go on from a checkpoint. Every worker of a job does it, and
 * has the same afterwards: it depends on the experiment and its data alone.
 * @param start weights of others, where there are any; they have all that images would tell
 */
export async function freshWeights(
  { experiment, model, dataset, design }: OpenExperiment,
  start: Start | undefined,
): Promise<StartRecord | undefined> {
  if (start !== undefined) return start.into(model, design, dataset.classes);
  const { augment, data } = experiment;
  await startFromImages(model, dataset.train, { augment, workers: data.workers });
  return undefined;
}
