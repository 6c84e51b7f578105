import type { DataConfig, Experiment, ModelConfig } from './schema.js';

/** Height and width of the images of a smoke run: every stage still has a feature map. */
const SMOKE_SIZE = 48;
const SMOKE_IMAGES = { train: 120, validation: 30, test: 30 } as const;

/**
 * The same experiment shrunk to finish in about a minute: model, optimizer and schedule as they are, with
 * few small images and one epoch. `name` gets the suffix `-smoke`, so that it never stands among real runs.
 */
export function smokeVersion(experiment: Experiment): Experiment {
  const { data, model, train } = experiment;
  return {
    ...experiment,
    name: `${experiment.name}-smoke`,
    data: {
      ...data,
      inputSize: Math.min(data.inputSize, smokeSize(model)),
      limit: {
        train: Math.min(data.limit.train ?? Infinity, SMOKE_IMAGES.train),
        validation: Math.min(data.limit.validation ?? Infinity, SMOKE_IMAGES.validation),
        test: Math.min(data.limit.test ?? Infinity, SMOKE_IMAGES.test),
      },
    },
    train: { ...train, batchSize: Math.min(train.batchSize, 10), epochs: 1, steps: null, until: 'end' },
  };
}

/** The drawn scenes in the place of data that is not on this machine. */
export function onScenes(data: DataConfig): DataConfig {
  return { ...data, name: 'scenes', dir: null };
}

// --- internal ---

/** Some networks for ImageNet take no smaller images than this. */
function smokeSize(model: ModelConfig): number {
  if (model.family === 'inception-v3' && model.stem === 'imagenet') return 75;
  // Five times halved, it must be more than the reach of its footprint of 7.
  if (model.family === 'san' && model.stages === null) return 128;
  return SMOKE_SIZE;
}
