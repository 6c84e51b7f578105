/** The thread of a batch stream: makes the batches it is asked for, in the order of the requests. */
import { workerData } from 'node:worker_threads';
import { InvolveError, runFailed } from '../../util/errors.js';
import { packError } from '../../util/packed-error.js';
import type { PackedError } from '../../util/packed-error.js';
import { FileImageSet } from '../cache/image-set.js';
import { BatchAssembler } from './assemble-batch.js';
import type { BatchReply, BatchRequest, BatchWorkerData } from './batch-message.js';

const { set, plan, port } = workerData as BatchWorkerData;
const assembler = new BatchAssembler(new FileImageSet(set), plan);

port.on('message', ({ id, epoch, index }: BatchRequest) => {
  try {
    const { images, labels } = assembler.assemble(epoch, index);
    const reply: BatchReply = { id, images, labels };
    port.postMessage(reply, [images.buffer, labels.buffer]);
  } catch (error) {
    const reply: BatchReply = { id, error: packed(error) };
    port.postMessage(reply);
  }
});

function packed(error: unknown): PackedError {
  if (error instanceof InvolveError) return packError(error);
  const failure = runFailed('E_DATA_WORKER', { what: `preparing a batch failed: ${String(error)}` });
  return packError(failure, error instanceof Error ? error.stack : undefined);
}
