import type { AssembledBatch } from './assemble-batch.js';

export interface Batch {
  /** [count, size, size, 3], normalised; the size is that of the set, or of a stage of training. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** [count, size, size], a label a pixel; of sets with masks. */
  readonly masks?: Uint8Array;
  readonly count: number;
  /** How long `batch()` had to wait, in milliseconds. */
  readonly waitedMs: number;
  /** The image before this share of a batch, in a ring, where the first of the share is mixed with it. */
  readonly before?: { readonly images: Float32Array; readonly labels: Int32Array };
}

/** A batch as it was assembled, the image before it apart. */
export function batchOf({ images, labels, masks, hasBefore }: AssembledBatch, waitedMs: number): Batch {
  // Images with masks are never mixed, so none stands before them.
  if (!hasBefore) return { images, labels, ...(masks && { masks }), count: labels.length, waitedMs };
  const pixels = images.length / labels.length;
  return {
    images: images.subarray(pixels),
    labels: labels.subarray(1),
    count: labels.length - 1,
    waitedMs,
    before: { images: images.subarray(0, pixels), labels: labels.subarray(0, 1) },
  };
}

/** What the threads of a stream have done. */
export interface Workload {
  readonly workers: number;
  /** How many batches they have made. */
  readonly batches: number;
  /** How long a batch took to make in one thread, in milliseconds, on average; 0 before the first. */
  readonly batchMs: number;
  /** Whether images are decoded for them, which is done in the system's pool of threads. */
  readonly decodes: boolean;
}

export interface BatchStream {
  readonly batchesPerEpoch: number;
  /** Of the threads that make the batches; undefined where they are made when they are asked for. */
  readonly workload?: Workload;
  /**
   * Batch `index` of `epoch`; the following ones are prepared meanwhile. Any order is allowed, and a
   * non-training stream gives the same batches in every epoch.
   */
  batch(epoch: number, index: number): Promise<Batch>;
  /** Ends the threads; batches still waited for are rejected. */
  close(): Promise<void>;
}
