import { badInput } from '../util/errors.js';
import { classification, type ClassificationOptions } from './classification/task.js';
import type { LabelledBatch } from './classification/meters.js';
import type { OverTraining } from '../util/over-training.js';
import type { Task } from './task.js';

/** What data says of its images, which is what can be learned from them. */
export interface TaskData {
  /** A class of each image. */
  readonly classes: readonly string[];
}

/** The task of a run: what its data, or the record of a run, says of the images. */
export function taskOf({ classes }: TaskData, options: ClassificationOptions): Task<LabelledBatch> {
  const { labelSmoothing, mixing } = options;
  return classification(classes, { labelSmoothing, mixing });
}

/** The task where only the number of classes is known, and only the work counts: for costs and benchmarks. */
export function taskOfCount(
  classes: number,
  train: { readonly labelSmoothing: OverTraining } = { labelSmoothing: 0 },
): Task<LabelledBatch> {
  return taskOf({ classes: Array.from({ length: classes }, (_, index) => String(index)) }, train);
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
