import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { BatchAssembler, batchesPerEpoch } from './assemble-batch.js';
import type { BatchPlan } from './assemble-batch.js';
import { batchOf, type Batch, type BatchStream } from './batch-stream.js';
import { DecodedImageSet } from '../cache/decoded-set.js';
import { FileImageSet } from '../cache/image-set.js';
import type { ImageSet } from '../cache/image-set.js';
import { refuseHugeBatch } from './refuse-huge-batch.js';
import { WorkerBatchStream } from './worker-batch-stream.js';

export interface BatchStreamOptions extends BatchPlan {
  /** How many threads make them (default: auto). */
  readonly workers?: number | 'auto';
  /** How many processes do the same at the same time, so that `auto` leaves each its part of the cores (default 1). */
  readonly processes?: number;
  /** How many batches are prepared beyond the one asked for (default 2, or one a thread); 0 needs no thread. */
  readonly ahead?: number;
  /** Compiled worker file, for tests that run from source. */
  readonly worker?: URL;
}

/**
 * Opens a stream of batches over a set. The work is done in threads of their own where the set can be read from
 * there and the compiled worker exists (not when run from TypeScript source); the batches are the same without.
 * @throws InvolveError (exit code 1) for batches that are too large to be made
 */
export function openBatchStream(set: ImageSet, options: BatchStreamOptions): BatchStream {
  const { batchSize, seed, augment, training, sizes, share } = options;
  const isOurs = set instanceof FileImageSet || set instanceof DecodedImageSet;
  const workers = workersOf(options.workers ?? 'auto', set, options.processes ?? 1);
  const ahead = options.ahead ?? Math.max(2, workers);
  const whole = Math.min(batchSize, set.count);
  refuseHugeBatch(share === undefined ? whole : Math.ceil(whole / share.of), set.size);
  const plan: BatchPlan = { batchSize, seed, augment, training, sizes, share };
  const worker = options.worker ?? new URL('./batch-worker.js', import.meta.url);
  if (ahead > 0 && set.count > 0 && isOurs && existsSync(fileURLToPath(worker))) {
    return new WorkerBatchStream(set, plan, { ahead, workers, worker });
  }
  return new InlineBatchStream(set, plan);
}

/** More threads than this are for a config to ask for: each needs a batch of memory and its own copy of the library. */
const MOST_AUTO = 8;

/** One thread keeps up where pixels are only read; where they are decoded, the step leaves it what cores there are. */
function workersOf(wanted: number | 'auto', set: ImageSet, processes: number): number {
  if (wanted !== 'auto') return wanted;
  if (set.decoding === undefined) return 1;
  return Math.min(MOST_AUTO, Math.max(1, Math.floor(availableParallelism() / processes) - 1));
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
    const batch = await this.#assembler.decodeAndAssemble(epoch, index);
    return batchOf(batch, performance.now() - started);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
