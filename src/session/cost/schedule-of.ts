import type { Experiment } from '../../config/schema.js';
import { countImages } from '../../data/dataset.js';
import { stepsPerEpoch } from '../../train/batch-source.js';
import { scheduleCurve, type ScheduleCurve } from '../../train/schedule-curve.js';
import { orSay } from './or-say.js';
import { numbersOverSteps, type OverSteps } from './over-steps.js';

/** The learning rate of every step of an experiment that is not trained. */
export interface ExperimentSchedule {
  readonly experiment: Experiment;
  readonly images: number;
  readonly curve: ScheduleCurve;
  /** What else changes from step to step. */
  readonly others: readonly OverSteps[];
}

/**
 * @param images to train on; those of the data, where it is not given
 * @throws InvolveError where the data cannot tell
 */
export async function scheduleOf(
  experiment: Experiment,
  { cwd, images: given }: { readonly cwd: string; readonly images?: number },
): Promise<ExperimentSchedule> {
  const { data, train } = experiment;
  const images = given ?? (await orSay('--images N', async () => (await countImages(data, cwd)).train));
  const curve = scheduleCurve(train, stepsPerEpoch(train, images));
  return { experiment, images, curve, others: numbersOverSteps(experiment, images, curve) };
}
