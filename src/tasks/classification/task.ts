import { callKernel } from '../../engine/kernels/call-kernel.js';
import { SoftmaxCrossEntropy } from '../../engine/kernels/softmax-cross-entropy.js';
import type { Tensor2D } from '../../engine/tf.js';
import type { Task } from '../task.js';
import { examineClasses } from './examination.js';
import { classificationHead } from './head.js';
import { trainingMeter, validationMeter, type LabelledBatch } from './meters.js';
import { classificationMetrics } from './metrics.js';
import { predictClasses, predictionColumns } from './prediction.js';
import type { LabelSmoothing } from './options.js';
import { smoothingAt, softLabels } from './target.js';

/**
 * Says which class an image is of: softmax cross-entropy against smoothed labels.
 * @param names of the classes, in the order of the labels
 */
export function classification(
  names: readonly string[],
  { labelSmoothing }: { readonly labelSmoothing: LabelSmoothing },
): Task<LabelledBatch> {
  const classes = names.length;
  return {
    name: 'classification',
    metrics: classificationMetrics,
    head: (net, features) => classificationHead(net, features, classes),
    target: { shape: [classes], dtype: 'float32' },
    prepare: ({ images, labels }, _key, { done }) => ({
      images,
      targets: softLabels(labels, classes, smoothingAt(labelSmoothing, done)),
    }),
    losses: (logits, labels) =>
      callKernel(SoftmaxCrossEntropy, { logits: logits as Tensor2D, labels: labels as Tensor2D }).loss,
    training: trainingMeter(classes),
    validation: validationMeter(classes),
    examine: () => examineClasses(names),
    predictionColumns,
    predict: (logits, top) => predictClasses(logits, names, top),
  };
}
