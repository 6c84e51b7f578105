/** A thread of a batch stream: makes the batches it is asked for, in the order of the requests. */
import { performance } from 'node:perf_hooks';
import { workerData } from 'node:worker_threads';
import { InvolveError, runFailed } from '../../util/errors.js';
import { packError } from '../../util/packed-error.js';
import type { PackedError } from '../../util/packed-error.js';
import { DecodedImageSet } from '../cache/decoded-set.js';
import { FileImageSet } from '../cache/image-set.js';
import { BatchAssembler } from './assemble-batch.js';
import type { BatchReply, BatchRequest, BatchWorkerData } from './batch-message.js';

const { set, plan, port } = workerData as BatchWorkerData;
const images = 'places' in set ? new DecodedImageSet(set) : new FileImageSet(set);
const assembler = new BatchAssembler(images, plan);

let before = Promise.resolve();
port.on('message', (request: BatchRequest) => {
  // One after the other: the images of one batch keep the thread busy.
  before = before.then(() => answer(request));
});

async function answer({ id, epoch, index }: BatchRequest): Promise<void> {
  try {
    const started = performance.now();
    const batch = await assembler.decodeAndAssemble(epoch, index);
    const reply: BatchReply = { id, madeMs: performance.now() - started, ...batch };
    const { images, labels, masks } = batch;
    port.postMessage(reply, [images.buffer, labels.buffer, ...(masks ? [masks.buffer] : [])]);
  } catch (error) {
    const reply: BatchReply = { id, error: packed(error) };
    port.postMessage(reply);
  }
}

function packed(error: unknown): PackedError {
  if (error instanceof InvolveError) return packError(error);
  const failure = runFailed('E_DATA_WORKER', { what: `preparing a batch failed: ${String(error)}` });
  return packError(failure, error instanceof Error ? error.stack : undefined);
}
