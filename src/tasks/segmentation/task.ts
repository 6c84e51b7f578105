import type { MixingConfig } from '../../data/augment/mixing/options.js';
import type { AugmentConfig } from '../../data/augment/options.js';
import { MOST_MASK_CLASSES } from '../../data/target.js';
import { badInput, type Problem } from '../../util/errors.js';
import { isAlwaysZero, type OverTraining } from '../../util/over-training.js';
import { meanPrediction } from '../classification/mean-prediction.js';
import type { Task } from '../task.js';
import { examineMasks } from './examination.js';
import { segmentationHead } from './head.js';
import { pixelLosses } from './loss.js';
import { masksOf, trainingMeter, validationMeter, type MaskedBatch } from './meters.js';
import { metricsOfClasses } from './metrics.js';
import { predictionColumns, predictMask } from './prediction.js';

/** How a segmentation is learned and shown. */
export interface SegmentationOptions {
  /** How much a pixel of each class counts in the loss; all as much where it is left out. */
  readonly classWeights?: readonly number[];
  /** What a classifier can be told, and this cannot. */
  readonly labelSmoothing?: OverTraining;
  readonly mixing?: MixingConfig;
  /** How the images are normalised, for pictures of them. */
  readonly normalize?: AugmentConfig['normalize'];
}

/**
 * Says which class each pixel of an image is of: softmax cross-entropy over the pixels that count.
 * @param names of the classes, in the order of the labels
 * @throws InvolveError (exit code 2) for weights of other classes, and for what masks cannot be trained with
 */
export function segmentation(names: readonly string[], options: SegmentationOptions = {}): Task<MaskedBatch> {
  refuseOptions(names, options);
  const classes = names.length;
  const { classWeights: weights, normalize = 'imagenet' } = options;
  return {
    name: 'segmentation',
    metrics: metricsOfClasses(names),
    head: (net, features) => segmentationHead(net, features, classes),
    target: { shape: [], dtype: 'int32', perPixel: true },
    prepare: (batch) => ({ images: batch.images, targets: Int32Array.from(masksOf(batch)) }),
    losses: (logits, labels) => pixelLosses(logits, labels, weights),
    training: trainingMeter(classes),
    validation: validationMeter(names, weights),
    examine: () => examineMasks(names, normalize),
    mean: (logits) => meanPrediction(logits, classes),
    predictionColumns,
    predict: (logits, top) => predictMask(logits, names, top),
  };
}

// --- internal ---

function refuseOptions(
  names: readonly string[],
  { classWeights, labelSmoothing = 0, mixing }: SegmentationOptions,
): void {
  const problems: Problem[] = [];
  if (names.length > MOST_MASK_CLASSES) {
    problems.push({
      what: `masks tell at most ${MOST_MASK_CLASSES} classes apart, received ${names.length}`,
    });
  }
  if (classWeights !== undefined && classWeights.length !== names.length) {
    problems.push({
      what: `there are ${names.length} classes (${names.join(', ')}), and weights of ${classWeights.length}`,
      where: 'train.classWeights',
      try: `a list of ${names.length} numbers, in the order of the classes`,
    });
  }
  if (!isAlwaysZero(labelSmoothing)) {
    problems.push({
      what: 'labels are smoothed of whole images, and the data has masks',
      where: 'train.labelSmoothing',
      try: '--set train.labelSmoothing=0',
    });
  }
  for (const way of ['mixup', 'cutmix'] as const) {
    if ((mixing?.[way] ?? null) === null) continue;
    problems.push({
      what: `${way} mixes the classes of whole images, and the data has masks`,
      where: `augment.${way}`,
      try: `--set augment.${way}=null`,
    });
  }
  if (problems.length > 0) throw badInput('E_SEGMENTATION_OPTIONS', problems);
}
