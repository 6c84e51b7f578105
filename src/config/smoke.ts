import type { DataConfig } from '../data/options.js';
import { standInFor } from '../data/sets/index.js';
import type { Experiment } from './schema.js';

/**
 * Heights and widths that the images of a smoke run may have, the first that the network can take: most can take
 * 48; Inception V3 and footprints of self-attention that reflect at the border need more.
 */
const SMOKE_SIZES = [48, 64, 80, 96, 128] as const;
const SMOKE_IMAGES = { train: 120, validation: 30, test: 30 } as const;

/** Heights and widths to try for a smoke run of this experiment, none larger than its own. */
export function smokeSizes({ data: { inputSize } }: Experiment): readonly number[] {
  return [...SMOKE_SIZES.filter((size) => size < inputSize), inputSize];
}

/**
 * The same experiment shrunk to finish in about a minute: model, optimizer and schedule as they are, with
 * few small images and one epoch. `name` gets the suffix `-smoke`, so that it never stands among real runs.
 */
export function smokeVersion(experiment: Experiment, inputSize: number): Experiment {
  const { augment, data, train } = experiment;
  return {
    ...experiment,
    // A shift is never as large as the image.
    augment: { ...augment, shiftCrop: Math.min(augment.shiftCrop, inputSize - 1) },
    name: `${experiment.name}-smoke`,
    data: {
      ...data,
      inputSize,
      limit: {
        train: Math.min(data.limit.train ?? Infinity, SMOKE_IMAGES.train),
        validation: Math.min(data.limit.validation ?? Infinity, SMOKE_IMAGES.validation),
        test: Math.min(data.limit.test ?? Infinity, SMOKE_IMAGES.test),
      },
    },
    train: {
      ...train,
      batchSize: smokeBatch(train),
      ...{ epochs: 1, steps: null, until: 'end' },
      // The images are as small as the network takes them.
      progressive: null,
    },
  };
}

/** At most ten images, or one a worker; every worker has as many. */
function smokeBatch({ batchSize, workers }: Experiment['train']): number {
  return Math.min(batchSize, Math.max(1, Math.floor(10 / workers)) * workers);
}

/** Drawn images in the place of data that is not on this machine. */
export function onStandIn(data: DataConfig): DataConfig {
  return { ...data, name: standInFor(data).name, dir: null };
}
