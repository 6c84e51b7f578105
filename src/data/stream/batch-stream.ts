export interface Batch {
  /** [count, size, size, 3], normalised. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
  /** How long `batch()` had to wait, in milliseconds. */
  readonly waitedMs: number;
}

export interface BatchStream {
  readonly batchesPerEpoch: number;
  /**
   * Batch `index` of `epoch`; the following ones are prepared meanwhile. Any order is allowed, and a
   * non-training stream gives the same batches in every epoch.
   */
  batch(epoch: number, index: number): Promise<Batch>;
  /** Ends the thread; batches still waited for are rejected. */
  close(): Promise<void>;
}
