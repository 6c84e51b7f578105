import { predictedClass } from '../../metrics/top-k.js';
import { IGNORED } from '../../data/target.js';
import type { ImageBatch, Meter, StepResult, Sums } from '../task.js';
import { partSizes } from './connected-parts.js';
import { pixelLoss } from './loss.js';
import { classNames, OBJECT_SIZES, objectSize, sizeName, type ObjectSize } from './metrics.js';
import { Overlaps, plus } from './overlaps.js';

/** Images with a label for each of their pixels, as a stream brings them from data with masks. */
export interface MaskedBatch extends ImageBatch {
  /** [count, size, size]. */
  readonly masks?: Uint8Array;
}

/** The masks of a batch. */
export function masksOf({ masks }: Pick<MaskedBatch, 'masks'>): Uint8Array {
  if (masks === undefined) throw new Error('Expected a batch with masks');
  return masks;
}

/** The class of each pixel by the highest logit; −1 where a logit is no number. */
export function saidClasses(logits: Float32Array, classes: number): Int16Array {
  return Int16Array.from({ length: logits.length / classes }, (_, p) => predictedClass(logits, classes, p));
}

/**
 * Loss of the step, mean IoU and pixel accuracy over an epoch. The keys of the sums are in checkpoints.
 */
export function trainingMeter(classes: number): Meter<Omit<MaskedBatch, 'images'>, StepResult> {
  return {
    start: { images: 0, loss: 0, ...new Overlaps(classes).sums() },
    add(sums, { count }, { outputs, losses, targets }) {
      const said = saidClasses(outputs, classes);
      const overlaps = new Overlaps(classes);
      targets.forEach((truth, p) => {
        if (truth !== IGNORED) overlaps.add(truth, said[p]);
      });
      const loss = losses.reduce((sum, each) => sum + each, 0);
      return plus(sums, { images: count, loss, ...overlaps.sums() });
    },
    values(sums) {
      const overlaps = Overlaps.of(sums, classes);
      return { loss: sums.loss / sums.images, miou: overlaps.meanIou(), accuracy: overlaps.accuracy() };
    },
  };
}

/** Loss, mean IoU, pixel accuracy, mean IoU of objects by their size, and the IoU of each class, over a split. */
export function validationMeter(
  names: readonly string[],
  weights?: readonly number[],
): Meter<MaskedBatch, Float32Array> {
  const classes = names.length;
  return {
    start: { images: 0, loss: 0, ...countsOf(classes).sums },
    add(sums, batch, logits) {
      const masks = masksOf(batch);
      const pixels = masks.length / batch.count;
      let added = sums;
      for (let b = 0; b < batch.count; b++) {
        const truth = masks.subarray(b * pixels, (b + 1) * pixels);
        const own = logits.subarray(b * pixels * classes, (b + 1) * pixels * classes);
        const loss = pixelLoss(own, truth, classes, weights);
        const { sums: counted } = countsOf(classes, truth, saidClasses(own, classes));
        added = plus(added, { images: 1, loss, ...counted });
      }
      return added;
    },
    values(sums) {
      const all = Overlaps.of(sums, classes);
      const bySize = OBJECT_SIZES.map((size) => [
        sizeName(size),
        ofSize(sums, size, classes).meanIouOfTruth(),
      ]);
      const byClass = classNames(names).map((name, c) => [name, all.iou(c)]);
      return {
        loss: sums.loss / sums.images,
        miou: all.meanIou(),
        accuracy: all.accuracy(),
        ...(Object.fromEntries([...bySize, ...byClass]) as Record<string, number>),
      };
    },
  };
}

/** The overlaps in objects of a size. */
export function ofSize(sums: Sums, size: ObjectSize, classes: number): Overlaps {
  return Overlaps.of(sums, classes, `${size}/`);
}

/**
 * The overlaps of one image, of all pixels and by size of object. A pixel belongs to the size of the connected part of
 * the truth that it lies in. One that is wrongly said to be of a class counts against objects of that class by the size
 * of the connected part of the prediction that it lies in: the truth has no object of the class there.
 * @param truth size·size labels
 * @param said of each pixel its class, −1 for none
 */
export function countsOf(
  classes: number,
  truth: Uint8Array = new Uint8Array(),
  said: Int16Array = new Int16Array(),
): { readonly sums: Sums } {
  const all = new Overlaps(classes);
  const bySize = new Map(OBJECT_SIZES.map((size) => [size, new Overlaps(classes)]));
  const width = Math.sqrt(truth.length);
  const isCounted = (p: number): boolean => truth[p] !== IGNORED;
  const sizes = partSizes(truth, width);
  const saidSizes = partSizes(
    said.map((label, p) => (isCounted(p) && label >= 0 ? label : IGNORED)),
    width,
  );
  const of = (pixels: number): Overlaps => bySize.get(objectSize(pixels / truth.length))!;
  for (let p = 0; p < truth.length; p++) {
    if (!isCounted(p)) continue;
    const isRight = truth[p] === said[p];
    all.add(truth[p], said[p]);
    const own = of(sizes[p]);
    own.addTruth(truth[p], isRight);
    if (isRight) own.addSaid(said[p]);
    else if (said[p] >= 0) of(saidSizes[p]).addSaid(said[p]);
  }
  const sums = all.sums();
  for (const [size, overlaps] of bySize) Object.assign(sums, overlaps.sums(`${size}/`));
  return { sums };
}
