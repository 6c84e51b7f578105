import { crossEntropy } from '../../metrics/cross-entropy.js';
import { countTopK } from '../../metrics/top-k.js';
import type { ImageBatch, Meter, StepResult } from '../task.js';
import { heaviestLabels } from './target.js';

/** Images and the class of each. */
export interface LabelledBatch extends ImageBatch {
  readonly labels: Int32Array;
  /** The image that the first one is mixed with, where it is not the last one. */
  readonly before?: { readonly images: Float32Array; readonly labels: Int32Array };
}

/**
 * Loss of the step against the soft labels, and top-1, over an epoch. Of an image that was mixed with another, the class
 * with the larger share is the right one. The keys of the sums are in checkpoints.
 */
export function trainingMeter(classes: number): Meter<Omit<LabelledBatch, 'images'>, StepResult> {
  return {
    start: { images: 0, loss: 0, hits: 0 },
    add(sums, { labels, count }, { outputs, losses, targets }) {
      const [hits] = countTopK(outputs, heaviestLabels(labels, targets, classes), classes, [1]);
      return {
        images: sums.images + count,
        loss: losses.reduce((sum, loss) => sum + loss, sums.loss),
        hits: sums.hits + hits,
      };
    },
    values: ({ images, loss, hits }) => ({ loss: loss / images, top1: hits / images }),
  };
}

/** Mean cross-entropy against the hard labels, top-1 and top-5 over a split. */
export function validationMeter(classes: number): Meter<LabelledBatch, Float32Array> {
  return {
    start: { images: 0, loss: 0, top1: 0, top5: 0 },
    add(sums, { labels, count }, logits) {
      let { loss } = sums;
      for (let b = 0; b < count; b++) {
        loss += crossEntropy(logits.subarray(b * classes, (b + 1) * classes), labels[b]);
      }
      const [top1, top5] = countTopK(logits, labels, classes, [1, 5]);
      return { images: sums.images + count, loss, top1: sums.top1 + top1, top5: sums.top5 + top5 };
    },
    values: ({ images, loss, top1, top5 }) => ({
      loss: loss / images,
      top1: top1 / images,
      top5: top5 / images,
    }),
  };
}
