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
import { meanPrediction } from './mean-prediction.js';
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
    prepare: ({ before, ...batch }, key, { done }) => {
      const smoothing = valueAt(labelSmoothing, done);
      const prepared = ({ images, labels, count }: LabelledBatch): Prepared => {
        const targets = softLabels(labels, classes, smoothing);
        return mixed({ images, targets, count }, key, mixing);
      };
      return before === undefined
        ? prepared(batch)
        : withoutFirst(prepared(behind(before, batch)), batch.count);
    },
    losses: (logits, labels) =>
      callKernel(SoftmaxCrossEntropy, { logits: logits as Tensor2D, labels: labels as Tensor2D }).loss,
    training: trainingMeter(classes),
    validation: validationMeter(classes),
    examine: () => examineClasses(names),
    mean: (logits) => meanPrediction(logits, classes),
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

/** A batch with the image before it in front. */
function behind(before: NonNullable<LabelledBatch['before']>, batch: LabelledBatch): LabelledBatch {
  const images = new Float32Array(before.images.length + batch.images.length);
  images.set(before.images);
  images.set(batch.images, before.images.length);
  return { images, labels: Int32Array.of(...before.labels, ...batch.labels), count: batch.count + 1 };
}

/** All but the first of so many images and one. */
function withoutFirst({ images, targets }: Prepared, count: number): Prepared {
  const rest = <T extends Float32Array | Int32Array>(rows: T): T =>
    rows.subarray(rows.length / (count + 1)) as T;
  return { images: rest(images), targets: rest(targets) };
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
