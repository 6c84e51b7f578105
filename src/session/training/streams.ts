import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import type { BatchStream } from '../../data/stream/batch-stream.js';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import { fitting, populationBatches, type Population } from '../../train/population-statistics.js';
import { sizeStages } from '../../train/progressive.js';
import type { Share } from '../../data/stream/share.js';

/** The batches of a training. */
export interface Streams {
  readonly train: BatchStream;
  readonly validation: BatchStream;
  /** What statistics are measured on, where they are. */
  readonly population: Population | undefined;
  close(): Promise<void>;
}

/**
 * Opens them.
 * @param share of each training batch that is wanted; the others are whole
 */
export async function openStreams(
  experiment: Experiment,
  dataset: Dataset,
  { rank, of }: Share = { rank: 0, of: 1 },
): Promise<Streams> {
  const { augment, data } = experiment;
  const { batchSize, seed } = experiment.train;
  const sizes = sizeStages(experiment.train, Math.ceil(dataset.train.count / batchSize));
  const plan = { batchSize, seed, augment, workers: data.workers, processes: of };
  const train = openBatchStream(dataset.train, {
    ...{ ...plan, sizes, training: true },
    ...(of > 1 && { share: { rank, of } }),
  });
  const validation = openBatchStream(dataset.validation, { ...plan, training: false });
  const streams = [train, validation];
  const close = async (): Promise<void> => void (await Promise.all(streams.map((each) => each.close())));
  try {
    const population = await populationOf(experiment, dataset);
    if (population) streams.push(population.source);
    return { train, validation, population, close };
  } catch (error) {
    await close();
    throw error;
  }
}

// --- internal ---

/** The training images that statistics are measured on, where they are. */
async function populationOf({ augment, data, train }: Experiment, { train: images }: Dataset) {
  if (train.batchNormStatistics === 'moving') return undefined;
  const { seed } = train;
  const plan = populationBatches(train, images.count);
  const { batchSize } = plan;
  const stream = { batchSize, seed, augment, workers: data.workers, training: true };
  return { ...plan, source: await fitting(batchSize, () => openBatchStream(images, stream)) };
}
