import type { SizeStage } from '../data/stream/image-sizes.js';
import { stepsOf } from './batch-source.js';
import type { TrainConfig } from './options.js';
import { toSteps } from './schedules/duration.js';

/**
 * The sizes that training images have at first, in the order of time (progressive learning, Tan and Le 2021,
 * "EfficientNetV2", section 4).
 */
export function sizeStages(
  { progressive, accumulate }: Pick<TrainConfig, 'progressive' | 'accumulate'>,
  batchesPerEpoch: number,
): readonly SizeStage[] {
  const perEpoch = stepsOf(batchesPerEpoch, accumulate);
  return (progressive ?? []).map(({ size, until }) => {
    const steps = toSteps(until, perEpoch);
    const [epochs, rest] = [Math.floor(steps / perEpoch), steps % perEpoch];
    return { size, until: epochs * batchesPerEpoch + rest * accumulate };
  });
}
