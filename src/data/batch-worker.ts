/** The thread of a batch stream: makes the batches it is asked for, in the order of the requests. */
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { BatchAssembler } from './assemble-batch.js';
import type { BatchPlan } from './assemble-batch.js';
import { packError } from './batch-message.js';
import type { BatchReply, BatchRequest } from './batch-message.js';
import { FileImageSet } from './image-set.js';
import type { ImageSetPort } from './image-set.js';

/** What the stream hands to its thread. */
export interface BatchWorkerData {
  readonly set: ImageSetPort;
  readonly plan: BatchPlan;
  readonly port: MessagePort;
}

const { set, plan, port } = workerData as BatchWorkerData;
const assembler = new BatchAssembler(new FileImageSet(set), plan);

port.on('message', ({ id, epoch, index }: BatchRequest) => {
  try {
    const { images, labels } = assembler.assemble(epoch, index);
    const reply: BatchReply = { id, images, labels };
    port.postMessage(reply, [images.buffer, labels.buffer]);
  } catch (error) {
    const reply: BatchReply = { id, error: packError(error) };
    port.postMessage(reply);
  }
});
