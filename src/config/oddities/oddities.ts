import type { Experiment } from '../schema.js';
import { ofAugmentation } from './augmentation.js';
import { ofData } from './data.js';
import { Length } from './length.js';
import { ofModel } from './model.js';
import type { Oddity } from './oddity.js';
import { ofSchedule, ofWarmUp } from './schedule.js';
import { ofAverage, ofCheckpoints, ofPatience, ofRate, ofSizes, ofStrengths } from './training.js';

export type { Oddity } from './oddity.js';

/**
 * Settings that do not fit each other, none of which is wrong by itself.
 *
 * @param images to train on, where that is known: without it only durations in the same unit can be compared
 */
export function oddities(experiment: Experiment, images?: number): Oddity[] {
  const length = new Length(experiment, images);
  return [
    ...ofWarmUp(experiment, length),
    ...ofSchedule(experiment, length),
    ...ofPatience(experiment, length),
    ...ofSizes(experiment, length),
    ...ofRate(experiment),
    ...ofStrengths(experiment),
    ...ofCheckpoints(experiment, length),
    ...ofAverage(experiment, length),
    ...ofModel(experiment, length),
    ...ofData(experiment, images),
    ...ofAugmentation(experiment),
  ];
}
