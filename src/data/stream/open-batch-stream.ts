import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { BatchAssembler, batchesPerEpoch } from './assemble-batch.js';
import type { BatchPlan } from './assemble-batch.js';
import type { Batch, BatchStream } from './batch-stream.js';
import { FileImageSet } from '../cache/image-set.js';
import type { ImageSet } from '../cache/image-set.js';
import { refuseHugeBatch } from './refuse-huge-batch.js';
import { WorkerBatchStream } from './worker-batch-stream.js';

export interface BatchStreamOptions extends BatchPlan {
  /** How many batches are prepared beyond the one asked for (default 2); 0 prepares none and needs no thread. */
  readonly ahead?: number;
  /** Compiled worker file, for tests that run from source. */
  readonly worker?: URL;
}

/**
 * Opens a stream of batches over a set. The work is done in a thread of its own where the set can be read from
 * there and the compiled worker exists (not when run from TypeScript source); the batches are the same without.
 * @throws InvolveError (exit code 1) for batches that are too large to be made
 */
export function openBatchStream(set: ImageSet, options: BatchStreamOptions): BatchStream {
  const { batchSize, seed, augment, training, ahead = 2 } = options;
  refuseHugeBatch(Math.min(batchSize, set.count), set.size);
  const plan: BatchPlan = { batchSize, seed, augment, training };
  const worker = options.worker ?? new URL('./batch-worker.js', import.meta.url);
  if (ahead > 0 && set.count > 0 && set instanceof FileImageSet && existsSync(fileURLToPath(worker))) {
    return new WorkerBatchStream(set, plan, ahead, worker);
  }
  return new InlineBatchStream(set, plan);
}

/** Makes each batch when it is asked for. */
class InlineBatchStream implements BatchStream {
  readonly batchesPerEpoch: number;
  readonly #assembler: BatchAssembler;

  constructor(set: ImageSet, plan: BatchPlan) {
    this.batchesPerEpoch = batchesPerEpoch(set, plan);
    this.#assembler = new BatchAssembler(set, plan);
  }

  async batch(epoch: number, index: number): Promise<Batch> {
    const started = performance.now();
    const { images, labels } = this.#assembler.assemble(epoch, index);
    return { images, labels, count: labels.length, waitedMs: performance.now() - started };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
