import type { SizeStage } from '../data/stream/image-sizes.js';
import type { TrainConfig } from './options.js';
import { toSteps } from './schedules/duration.js';

/**
 * The sizes that training images have at first, in the order of time (progressive learning, Tan and Le 2021,
 * "EfficientNetV2", section 4).
 */
export function sizeStages(
  { progressive }: Pick<TrainConfig, 'progressive'>,
  batchesPerEpoch: number,
): readonly SizeStage[] {
  return (progressive ?? []).map(({ size, until }) => ({ size, until: toSteps(until, batchesPerEpoch) }));
}
