import type { AugmentConfig } from '../../data/augment/options.js';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import type { ImageSet } from '../../data/cache/image-set.js';
import type { LayersModel } from '../../engine/tf.js';
import { startsFromImages, type ImageValues } from '../../layers/whitening-convolution.js';

/** Of them a covariance of small patches is known well enough; the author's number. */
const IMAGES = 5000;
/** Read together. Small, so that the batches come from everywhere in a set that is sorted by class. */
const BATCH = 50;

/**
 * Sets the weights that begin with what the training images are like, and not with chance alone. The images are spread
 * evenly over the set and as validation sees them, so that the weights depend on the images alone, not on the seed.
 */
export async function startFromImages(
  model: LayersModel,
  images: ImageSet,
  { augment, workers }: { readonly augment: AugmentConfig; readonly workers?: number | 'auto' },
): Promise<void> {
  const layers = model.layers.filter(startsFromImages);
  if (layers.length === 0) return;
  const values = await someOf(images, { augment, workers });
  for (const layer of layers) layer.startFrom(values);
}

// --- internal ---

async function someOf(
  set: ImageSet,
  { augment, workers }: Parameters<typeof startFromImages>[2],
): Promise<ImageValues> {
  const stream = openBatchStream(set, { batchSize: BATCH, seed: 0, augment, training: false, workers });
  try {
    const batches = Math.min(stream.batchesPerEpoch, IMAGES / BATCH);
    const values = new Float32Array(Math.min(set.count, batches * BATCH) * set.size ** 2 * 3);
    let length = 0;
    for (let i = 0; i < batches; i++) {
      const { images } = await stream.batch(0, Math.floor((i * stream.batchesPerEpoch) / batches));
      values.set(images, length);
      length += images.length;
    }
    const count = length / (set.size ** 2 * 3);
    return { values: values.subarray(0, length), count, height: set.size, width: set.size };
  } finally {
    await stream.close();
  }
}
