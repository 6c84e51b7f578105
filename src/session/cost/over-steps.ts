import type { Experiment } from '../../config/schema.js';
import { sizeOfBatch } from '../../data/stream/image-sizes.js';
import { sizeStages } from '../../train/progressive.js';
import { drivesMomentum, momentumAt } from '../../train/schedule.js';
import type { ScheduleCurve } from '../../train/schedule-curve.js';
import { isLine, shareDone, valueAt } from '../../util/over-training.js';

/** A number of an experiment that is not the same for all steps, beside the learning rate. */
export interface OverSteps {
  /** As it is called in the config: `model.dropConnect`. */
  readonly key: string;
  /** In a step, from 0. */
  readonly at: (step: number) => number;
}

/** All that go along a line over training, and the size of images that grow. */
export function numbersOverSteps(
  { data, model, train }: Experiment,
  images: number,
  { stepsPerEpoch, plannedSteps }: Pick<ScheduleCurve, 'stepsPerEpoch' | 'plannedSteps'>,
): readonly OverSteps[] {
  const lines = [...linesOf('train', train), ...linesOf('model', model)].map(([key, line]): OverSteps => ({
    key,
    at: (step) => valueAt(line, shareDone(step, plannedSteps)),
  }));
  if (drivesMomentum(train.schedule)) {
    lines.unshift({
      key: 'momentum',
      at: (step) => momentumAt(train.schedule, step, plannedSteps)!,
    });
  }
  if (train.progressive === null) return lines;
  const batches = Math.ceil(images / train.batchSize);
  const stages = sizeStages(train, batches);
  const size: OverSteps = {
    key: 'train.progressive',
    at: (step) => {
      const [epoch, inEpoch] = [Math.floor(step / stepsPerEpoch), step % stepsPerEpoch];
      return sizeOfBatch(stages, epoch * batches + inEpoch * train.accumulate, data.inputSize);
    },
  };
  return [size, ...lines];
}

// --- internal ---

type Found = readonly [key: string, line: { readonly from: number; readonly to: number }];

function linesOf(key: string, value: unknown): Found[] {
  if (isLine(value)) return [[key, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => linesOf(`${key}.${name}`, each));
}
