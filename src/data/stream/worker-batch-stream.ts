import { performance } from 'node:perf_hooks';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { runFailed } from '../../util/errors.js';
import { unpackError } from '../../util/packed-error.js';
import { batchesPerEpoch } from './assemble-batch.js';
import type { AssembledBatch, BatchPlan } from './assemble-batch.js';
import type { BatchReply, BatchRequest, BatchWorkerData } from './batch-message.js';
import type { Batch, BatchStream } from './batch-stream.js';
import type { FileImageSet } from '../cache/image-set.js';

/** A batch that was asked of the thread. */
interface Order {
  readonly id: number;
  outcome: AssembledBatch | Error | null;
  readonly waiting: (() => void)[];
}

/**
 * A stream whose batches are made by a thread of its own, so that they get ready while the main thread is busy
 * with a train step for seconds on end: the requests for the batches ahead are always sent beforehand.
 */
export class WorkerBatchStream implements BatchStream {
  readonly batchesPerEpoch: number;
  readonly #training: boolean;
  readonly #ahead: number;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #orders = new Map<string, Order>();
  #nextId = 0;
  #waiters = 0;
  #failure: Error | null = null;

  constructor(set: FileImageSet, plan: BatchPlan, ahead: number, worker: URL) {
    this.batchesPerEpoch = batchesPerEpoch(set, plan);
    this.#training = plan.training;
    this.#ahead = ahead;
    const { port1, port2 } = new MessageChannel();
    const workerData: BatchWorkerData = { set: set.port(), plan, port: port2 };
    this.#port = port1;
    this.#worker = new Worker(worker, { workerData, transferList: [port2], name: 'involve batches' });
    this.#worker.on('error', (error) => this.#fail(String(error), error));
    this.#worker.on('exit', (code) => this.#fail(`it ended with exit code ${code}`));
    this.#port.on('message', (reply: BatchReply) => this.#receive(reply));
    // Only somebody waiting for a batch keeps the process alive.
    this.#worker.unref();
    this.#port.unref();
  }

  async batch(epoch: number, index: number): Promise<Batch> {
    if (!Number.isInteger(index) || index < 0 || index >= this.batchesPerEpoch) {
      throw new RangeError(`Expected a batch index from 0 to ${this.batchesPerEpoch - 1} but got ${index}`);
    }
    const started = performance.now();
    const order = this.#request(epoch, index);
    this.#drain();
    if (order.outcome === null && this.#failure === null) await this.#wait(order);
    if (this.#failure !== null && order.outcome === null) throw this.#failure;
    this.#forget(order);
    if (order.outcome instanceof Error) throw order.outcome;
    const { images, labels } = order.outcome!;
    return { images, labels, count: labels.length, waitedMs: performance.now() - started };
  }

  async close(): Promise<void> {
    this.#failure ??= new Error('the batch stream is closed');
    this.#release();
    this.#port.close();
    await this.#worker.terminate();
  }

  /** Asks for a batch and those after it, unless asked for already; what no longer comes next is dropped. */
  #request(epoch: number, index: number): Order {
    const wanted = new Set<string>();
    let first: Order | null = null;
    // Out of training every epoch is the same.
    let at = { epoch: this.#training ? epoch : 0, index };
    for (let i = 0; i <= this.#ahead; i++) {
      const name = `${at.epoch}:${at.index}`;
      wanted.add(name);
      let order = this.#orders.get(name);
      if (order === undefined) {
        order = { id: this.#nextId++, outcome: null, waiting: [] };
        this.#orders.set(name, order);
        if (this.#failure === null) {
          const request: BatchRequest = { id: order.id, epoch: at.epoch, index: at.index };
          this.#port.postMessage(request);
        }
      }
      first ??= order;
      at = this.#after(at);
    }
    for (const [name, order] of this.#orders) {
      if (!wanted.has(name) && order.waiting.length === 0) this.#orders.delete(name);
    }
    return first!;
  }

  #after({ epoch, index }: { epoch: number; index: number }): { epoch: number; index: number } {
    if (index + 1 < this.batchesPerEpoch) return { epoch, index: index + 1 };
    return { epoch: this.#training ? epoch + 1 : 0, index: 0 };
  }

  /** Takes what has arrived while the main thread was busy, without a turn of the event loop. */
  #drain(): void {
    if (this.#failure !== null) return;
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: BatchReply } | undefined;
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  #receive(reply: BatchReply): void {
    for (const order of this.#orders.values()) {
      if (order.id !== reply.id) continue;
      order.outcome = 'error' in reply ? unpackError(reply.error) : reply;
      for (const wake of order.waiting.splice(0)) wake();
    }
  }

  async #wait(order: Order): Promise<void> {
    this.#waiters++;
    this.#worker.ref();
    this.#port.ref();
    await new Promise<void>((resolve) => order.waiting.push(resolve));
    this.#waiters--;
    if (this.#waiters === 0) {
      this.#worker.unref();
      this.#port.unref();
    }
  }

  #forget(order: Order): void {
    for (const [name, other] of this.#orders) if (other === order) this.#orders.delete(name);
  }

  #fail(why: string, cause?: unknown): void {
    this.#failure ??= runFailed(
      'E_DATA_WORKER',
      { what: `the thread that prepares batches died: ${why}` },
      { cause },
    );
    this.#release();
  }

  #release(): void {
    for (const order of this.#orders.values()) for (const wake of order.waiting.splice(0)) wake();
  }
}
