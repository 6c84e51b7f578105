import type { ImageBatch } from '../tasks/task.js';

/** Where batches come from: any of any epoch. */
export interface BatchSource<B extends ImageBatch> {
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number): Promise<B>;
}

/** Training batches, and how long each had to be waited for. */
export type TrainSource<B extends ImageBatch> = BatchSource<B & { readonly waitedMs: number }>;
