import type { ImageBatch } from '../tasks/task.js';

/** Where batches come from: any of any epoch. */
export interface BatchSource<B extends ImageBatch> {
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number): Promise<B>;
}

/** Training batches, and how long each had to be waited for. */
export type TrainSource<B extends ImageBatch> = BatchSource<B & { readonly waitedMs: number }>;

/** Steps of an epoch of so many batches; the last one has what is left. */
export function stepsOf(batches: number, accumulate = 1): number {
  return Math.ceil(batches / accumulate);
}

/** Steps of an epoch of so many images. */
export function stepsPerEpoch(
  { batchSize, accumulate }: { readonly batchSize: number; readonly accumulate?: number },
  images: number,
): number {
  return stepsOf(Math.ceil(images / batchSize), accumulate);
}

/** Bring the batches of a step of an epoch, one call a batch; none of them is asked for yet. */
export function batchesOfStep<B extends ImageBatch>(
  source: BatchSource<B>,
  accumulate: number | undefined,
  epoch: number,
  step: number,
): readonly (() => Promise<B>)[] {
  const each = accumulate ?? 1;
  const first = step * each;
  const length = Math.min(each, source.batchesPerEpoch - first);
  return Array.from({ length }, (_, i) => () => source.batch(epoch, first + i));
}
