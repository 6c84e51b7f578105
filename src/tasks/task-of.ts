import { classification } from './classification/task.js';
import type { LabelledBatch } from './classification/meters.js';
import type { Task } from './task.js';

/** What data says of its images, which is what can be learned from them. */
export interface TaskData {
  /** A class of each image. */
  readonly classes: readonly string[];
}

/** The task of a run: what its data, or the record of a run, says of the images. */
export function taskOf(
  { classes }: TaskData,
  { labelSmoothing }: { readonly labelSmoothing: number },
): Task<LabelledBatch> {
  return classification(classes, { labelSmoothing });
}

/** The task where only the number of classes is known, and only the work counts: for costs and benchmarks. */
export function taskOfCount(classes: number, train = { labelSmoothing: 0 }): Task<LabelledBatch> {
  return taskOf({ classes: Array.from({ length: classes }, (_, index) => String(index)) }, train);
}
