import type { AugmentConfig } from '../data/augment/options.js';
import type { Target } from '../data/target.js';
import { badInput } from '../util/errors.js';
import type { OverTraining } from '../util/over-training.js';
import { classification, type ClassificationOptions } from './classification/task.js';
import type { LabelledBatch } from './classification/meters.js';
import type { MaskedBatch } from './segmentation/meters.js';
import { segmentation, type SegmentationOptions } from './segmentation/task.js';
import type { Task } from './task.js';

/** What data says of its images, which is what can be learned from them. */
export interface TaskData {
  /** Of each image, or of each of its pixels. */
  readonly classes: readonly string[];
  /** Which of them (default: of each image). */
  readonly target?: Target;
}

/** A batch as the stream of any data brings it. */
export type DataBatch = LabelledBatch & MaskedBatch;

/** What a config says to its task, whichever it is. */
export type TaskOptions = ClassificationOptions & SegmentationOptions;

/** The task of a run: what its data, or the record of a run, says of the images. */
export function taskOf({ classes, target = 'class' }: TaskData, options: TaskOptions): Task<DataBatch> {
  const { labelSmoothing, mixing, classWeights, onlineHardPixels, normalize } = options;
  return target === 'mask'
    ? segmentation(classes, { classWeights, onlineHardPixels, normalize })
    : classification(classes, { labelSmoothing, mixing });
}

/** What `train` of a config says to its task. */
type TaskTraining = Pick<TaskOptions, 'classWeights' | 'onlineHardPixels'> & {
  readonly labelSmoothing: OverTraining;
};

/** What of a config goes to the task; how batches are mixed is asked for where some are. */
export function taskOptions({
  train,
  augment,
}: {
  readonly train: TaskTraining;
  readonly augment: Pick<AugmentConfig, 'normalize'>;
}): TaskOptions {
  const { labelSmoothing, classWeights, onlineHardPixels } = train;
  return { labelSmoothing, classWeights, onlineHardPixels, normalize: augment.normalize };
}

/** The task where only the number of classes is known, and only the work counts: for costs and benchmarks. */
export function taskOfCount(
  classes: number,
  {
    target,
    train = { labelSmoothing: 0 },
  }: { readonly target?: Target; readonly train?: { readonly labelSmoothing: OverTraining } } = {},
): Task<DataBatch> {
  const names = Array.from({ length: classes }, (_, index) => String(index));
  return taskOf({ classes: names, target }, train);
}

/**
 * A model can be measured only on what it was trained to tell.
 * @throws InvolveError (exit code 2) where data has other classes than a run
 */
export function refuseOtherTargets(run: TaskData, data: TaskData, shown: string): void {
  if (data.classes.join() === run.classes.join()) return;
  throw badInput('E_EVAL_CLASSES', {
    what: `the classes of the data are not those of the run: ${data.classes.join(', ')}; the run has ${run.classes.join(', ')}`,
    where: shown,
    try: '--data with a folder of the same classes',
  });
}
