import { callKernel } from '../../engine/kernels/call-kernel.js';
import { SoftmaxCrossEntropy } from '../../engine/kernels/softmax-cross-entropy.js';
import type { Tensor2D } from '../../engine/tf.js';
import { drawMixing } from '../../data/augment/mixing/draw-mixing.js';
import { mixImages, mixRows } from '../../data/augment/mixing/mix.js';
import type { MixingConfig } from '../../data/augment/mixing/options.js';
import { badInput } from '../../util/errors.js';
import type { Prepared, Task } from '../task.js';
import { examineClasses } from './examination.js';
import { classificationHead } from './head.js';
import { trainingMeter, validationMeter, type LabelledBatch } from './meters.js';
import { classificationMetrics } from './metrics.js';
import { predictClasses, predictionColumns } from './prediction.js';
import { valueAt, type OverTraining } from '../../util/over-training.js';
import { softLabels } from './target.js';

/** How a classifier's targets are made. */
export interface ClassificationOptions {
  readonly labelSmoothing: OverTraining;
  /** How training batches are mixed; not at all where it is left out. */
  readonly mixing?: MixingConfig;
}

/**
 * Says which class an image is of: softmax cross-entropy against smoothed labels.
 * @param names of the classes, in the order of the labels
 * @throws InvolveError (exit code 2) where images are to be mixed and there is one class alone
 */
export function classification(
  names: readonly string[],
  { labelSmoothing, mixing = NO_MIXING }: ClassificationOptions,
): Task<LabelledBatch> {
  const classes = names.length;
  refuseMixingOfOneClass(classes, mixing);
  return {
    name: 'classification',
    metrics: classificationMetrics,
    head: (net, features) => classificationHead(net, features, classes),
    target: { shape: [classes], dtype: 'float32' },
    prepare: ({ images, labels, count }, key, { done }) => {
      const targets = softLabels(labels, classes, valueAt(labelSmoothing, done));
      return mixed({ images, targets, count }, key, mixing);
    },
    losses: (logits, labels) =>
      callKernel(SoftmaxCrossEntropy, { logits: logits as Tensor2D, labels: labels as Tensor2D }).loss,
    training: trainingMeter(classes),
    validation: validationMeter(classes),
    examine: () => examineClasses(names),
    predictionColumns,
    predict: (logits, top) => predictClasses(logits, names, top),
  };
}

// --- internal ---

const NO_MIXING: MixingConfig = { mixup: null, cutmix: null };

function refuseMixingOfOneClass(classes: number, mixing: MixingConfig): void {
  if (classes > 1) return;
  const asked = (['mixup', 'cutmix'] as const).filter((way) => mixing[way] !== null);
  if (asked.length === 0) return;
  throw badInput(
    'E_AUGMENT_MIXING',
    asked.map((way) => ({
      what: `${way} mixes the classes of images, and the data has ${classes === 1 ? 'one class alone' : 'none'}`,
      where: `augment.${way}`,
      try: `--set augment.${way}=null, or data of two classes and more`,
    })),
  );
}

/** A batch whose images and soft labels are mixed alike, as it is drawn for the step. */
function mixed(
  { images, targets, count }: { images: Float32Array; targets: Float32Array; count: number },
  key: number,
  mixing: MixingConfig,
): Prepared {
  const size = Math.sqrt(images.length / count / 3);
  const drawn = drawMixing(key, mixing, size);
  if (drawn === null) return { images, targets };
  return {
    images: mixImages(images, count, size, drawn),
    targets: mixRows(targets, count, targets.length / count, drawn.share),
  };
}
