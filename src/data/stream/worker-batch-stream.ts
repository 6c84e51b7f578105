import { performance } from 'node:perf_hooks';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { runFailed } from '../../util/errors.js';
import { unpackError } from '../../util/packed-error.js';
import { batchesPerEpoch } from './assemble-batch.js';
import type { AssembledBatch, BatchPlan } from './assemble-batch.js';
import type { BatchReply, BatchRequest, BatchWorkerData } from './batch-message.js';
import { batchOf, type Batch, type BatchStream, type Workload } from './batch-stream.js';
import { DecodedImageSet } from '../cache/decoded-set.js';
import type { FileImageSet } from '../cache/image-set.js';

/** A batch that was asked of a thread. */
interface Order {
  readonly id: number;
  outcome: AssembledBatch | Error | null;
  readonly waiting: (() => void)[];
}

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** Batches that it was asked for and has not sent. */
  owed: number;
}

/**
 * A stream whose batches are made by threads of its own, so that they get ready while the main thread is busy
 * with a train step for seconds on end: the requests for the batches ahead are always sent beforehand. Each batch is
 * made by one thread, and is the same whichever that is.
 */
export class WorkerBatchStream implements BatchStream {
  readonly batchesPerEpoch: number;
  readonly #training: boolean;
  readonly #decodes: boolean;
  readonly #ahead: number;
  readonly #threads: readonly Thread[];
  readonly #orders = new Map<string, Order>();
  /** Who was asked for each batch that has not come, wanted or not. */
  readonly #owing = new Map<number, Thread>();
  #nextId = 0;
  #waiters = 0;
  #failure: Error | null = null;
  #made = { batches: 0, ms: 0 };

  /** @param workers how many threads */
  constructor(
    set: FileImageSet | DecodedImageSet,
    plan: BatchPlan,
    { ahead, workers, worker }: { readonly ahead: number; readonly workers: number; readonly worker: URL },
  ) {
    this.batchesPerEpoch = batchesPerEpoch(set, plan);
    this.#training = plan.training;
    this.#decodes = set instanceof DecodedImageSet;
    this.#ahead = ahead;
    this.#threads = Array.from({ length: workers }, () => this.#start(worker, { set: set.port(), plan }));
  }

  get workload(): Workload {
    const { batches, ms } = this.#made;
    const batchMs = batches === 0 ? 0 : ms / batches;
    return { workers: this.#threads.length, batches, batchMs, decodes: this.#decodes };
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
    return batchOf(order.outcome!, performance.now() - started);
  }

  async close(): Promise<void> {
    this.#failure ??= new Error('the batch stream is closed');
    this.#release();
    for (const { port } of this.#threads) port.close();
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(file: URL, data: Omit<BatchWorkerData, 'port'>): Thread {
    const { port1: port, port2 } = new MessageChannel();
    const workerData: BatchWorkerData = { ...data, port: port2 };
    const worker = new Worker(file, { workerData, transferList: [port2], name: 'involve batches' });
    worker.on('error', (error) => this.#fail(String(error), error));
    worker.on('exit', (code) => this.#fail(`it ended with exit code ${code}`));
    port.on('message', (reply: BatchReply) => this.#receive(reply));
    // Only somebody waiting for a batch keeps the process alive.
    worker.unref();
    port.unref();
    return { worker, port, owed: 0 };
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
        const thread = this.#threads.reduce((least, each) => (each.owed < least.owed ? each : least));
        order = { id: this.#nextId++, outcome: null, waiting: [] };
        this.#orders.set(name, order);
        if (this.#failure === null) {
          const request: BatchRequest = { id: order.id, epoch: at.epoch, index: at.index };
          this.#owing.set(order.id, thread);
          thread.owed++;
          thread.port.postMessage(request);
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
    for (const { port } of this.#threads) {
      for (;;) {
        const received = receiveMessageOnPort(port) as { message: BatchReply } | undefined;
        if (received === undefined) break;
        this.#receive(received.message);
      }
    }
  }

  #receive(reply: BatchReply): void {
    const thread = this.#owing.get(reply.id);
    if (thread !== undefined) thread.owed--;
    this.#owing.delete(reply.id);
    if (!('error' in reply)) {
      this.#made = { batches: this.#made.batches + 1, ms: this.#made.ms + reply.madeMs };
    }
    for (const order of this.#orders.values()) {
      if (order.id !== reply.id) continue;
      order.outcome = 'error' in reply ? unpackError(reply.error) : reply;
      for (const wake of order.waiting.splice(0)) wake();
    }
  }

  async #wait(order: Order): Promise<void> {
    this.#waiters++;
    for (const { worker, port } of this.#threads) {
      worker.ref();
      port.ref();
    }
    await new Promise<void>((resolve) => order.waiting.push(resolve));
    this.#waiters--;
    if (this.#waiters > 0) return;
    for (const { worker, port } of this.#threads) {
      worker.unref();
      port.unref();
    }
  }

  #forget(order: Order): void {
    for (const [name, other] of this.#orders) if (other === order) this.#orders.delete(name);
  }

  #fail(why: string, cause?: unknown): void {
    this.#failure ??= runFailed(
      'E_DATA_WORKER',
      { what: `${this.#threads.length > 1 ? 'a' : 'the'} thread that prepares batches died: ${why}` },
      { cause },
    );
    this.#release();
  }

  #release(): void {
    for (const order of this.#orders.values()) for (const wake of order.waiting.splice(0)) wake();
  }
}
