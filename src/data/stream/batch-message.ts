import type { MessagePort } from 'node:worker_threads';
import type { PackedError } from '../../util/packed-error.js';
import type { DecodedSetPort } from '../cache/decoded-set.js';
import type { ImageSetPort } from '../cache/image-set.js';
import type { AssembledBatch, BatchPlan } from './assemble-batch.js';

/** What the stream hands to each of its threads. */
export interface BatchWorkerData {
  readonly set: ImageSetPort | DecodedSetPort;
  readonly plan: BatchPlan;
  readonly port: MessagePort;
}

/** What the stream asks of a thread. */
export interface BatchRequest {
  readonly id: number;
  readonly epoch: number;
  readonly index: number;
}

export type BatchReply =
  | ({
      readonly id: number;
      /** How long the batch took to make. */
      readonly madeMs: number;
    } & AssembledBatch)
  | { readonly id: number; readonly error: PackedError };
