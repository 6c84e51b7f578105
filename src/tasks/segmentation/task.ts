import type { AugmentConfig } from '../../data/augment/options.js';
import { MOST_MASK_CLASSES } from '../../data/target.js';
import { badInput } from '../../util/errors.js';
import { meanPrediction } from '../classification/mean-prediction.js';
import type { Task } from '../task.js';
import { examineMasks } from './examination.js';
import { segmentationHead } from './head.js';
import { pixelLosses } from './loss.js';
import { masksOf, trainingMeter, validationMeter, type MaskedBatch } from './meters.js';
import { metricsOfClasses } from './metrics.js';
import type { OnlineHardPixels } from './options.js';
import { predictionColumns, predictMask } from './prediction.js';

/** How a segmentation is learned and shown. */
export interface SegmentationOptions {
  /** How much a pixel of each class counts in the loss; all as much where it is left out. */
  readonly classWeights?: readonly number[];
  /** Which pixels of an image are learned from; all where it is left out. */
  readonly onlineHardPixels?: OnlineHardPixels;
  /** How the images are normalised, for pictures of them. */
  readonly normalize?: AugmentConfig['normalize'];
}

/**
 * Says which class each pixel of an image is of: softmax cross-entropy over the pixels that count.
 * @param names of the classes, in the order of the labels
 * @throws InvolveError (exit code 2) for weights of other classes, and for more classes than masks can hold
 */
export function segmentation(names: readonly string[], options: SegmentationOptions = {}): Task<MaskedBatch> {
  refuseOptions(names, options);
  const classes = names.length;
  const { classWeights: weights, onlineHardPixels: hard, normalize = 'imagenet' } = options;
  return {
    name: 'segmentation',
    metrics: metricsOfClasses(names),
    head: (net, features) => segmentationHead(net, features, classes),
    target: { shape: [], dtype: 'int32', perPixel: true },
    prepare: (batch) => ({ images: batch.images, targets: Int32Array.from(masksOf(batch)) }),
    losses: (logits, labels) => pixelLosses(logits, labels, weights, hard),
    training: trainingMeter(classes),
    validation: validationMeter(names, weights),
    examine: () => examineMasks(names, normalize),
    mean: (logits) => meanPrediction(logits, classes),
    predictionColumns,
    predict: (logits, top) => predictMask(logits, names, top),
  };
}

// --- internal ---

function refuseOptions(names: readonly string[], { classWeights }: SegmentationOptions): void {
  if (names.length > MOST_MASK_CLASSES) {
    throw badInput('E_SEGMENTATION_CLASSES', {
      what: `masks tell at most ${MOST_MASK_CLASSES} classes apart, received ${names.length}`,
    });
  }
  if (classWeights === undefined || classWeights.length === names.length) return;
  throw badInput('E_SEGMENTATION_WEIGHTS', {
    what: `there are ${names.length} classes (${names.join(', ')}), and weights of ${classWeights.length}`,
    where: 'train.classWeights',
    try: `a list of ${names.length} numbers, in the order of the classes`,
  });
}
