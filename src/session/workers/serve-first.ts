import { Socket } from 'node:net';
import type { Exchange } from '../../train/workers/exchange.js';
import { interruptible } from '../../util/interruption.js';
import { FrameStream } from './frames.js';
import { SharedMemoryExchange } from './shared-memory-exchange.js';
import { OtherExchange } from './socket-exchange.js';
import { packedFailure } from './worker-failure.js';
import {
  EXCHANGE_DESCRIPTOR,
  type Ground,
  type ResumePoint,
  type SharedTask,
  type WorkerReply,
  type WorkerRequest,
} from './worker-message.js';

/** What a worker beside the first one does with a task. */
export interface Part<T extends SharedTask, O> {
  /** Opens what the task needs, and says what that is. */
  open(task: T): Promise<{ readonly opened: O; readonly ground: Ground }>;
  /** Does its share, to the end. */
  work(
    task: T,
    opened: O,
    line: {
      readonly resume: ResumePoint | undefined;
      readonly signal: AbortSignal;
      readonly exchange: Exchange;
    },
  ): Promise<void>;
}

/** The whole life of a worker process beside the first one: it opens what it is told to, does its part, and ends. */
export function serveFirst<T extends SharedTask, O>({ open, work }: Part<T, O>): void {
  // The first worker may end at any moment, without a word: there is nothing left to do then.
  process.on('disconnect', () => process.exit(1));
  const line = new Socket({ fd: EXCHANGE_DESCRIPTOR, readable: true, writable: true });
  line.on('close', () => process.exit(1));
  line.on('error', () => process.exit(1));
  const frames = new FrameStream(line);

  /** What a queue sends to every process of a job ends it as a whole, at the end of a step. */
  const interruption = interruptible();
  const stop = new AbortController();
  interruption.signal.addEventListener('abort', () => stop.abort());

  let task: T;
  let opened: O;

  async function prepare(given: T): Promise<void> {
    task = given;
    const found = await open(task);
    opened = found.opened;
    reply({ type: 'ready', ground: found.ground });
  }

  async function takePart(resume: ResumePoint | undefined): Promise<void> {
    const { rank, of } = task.share;
    const exchange = new SharedMemoryExchange(new OtherExchange(rank, of, frames));
    await work(task, opened, { resume, signal: stop.signal, exchange });
  }

  process.on('message', (request: WorkerRequest<T>) => {
    switch (request.type) {
      case 'prepare':
        prepare(request.task).catch(fail);
        break;
      case 'train':
        takePart(request.resume).then(() => process.exit(0), fail);
        break;
      case 'stop':
        stop.abort();
        break;
    }
  });
}

// --- internal ---

function reply(message: WorkerReply, then: () => void = () => undefined): void {
  process.send!(message, then);
}

function fail(error: unknown): void {
  reply({ type: 'failed', error: packedFailure(error) }, () => process.exit(1));
}
