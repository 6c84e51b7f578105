// A worker beside the first one: opens what it is told to, and then does the steps with it. It writes nothing.
import { Socket } from 'node:net';
import { interruptible } from '../../util/interruption.js';
import type { OpenExperiment } from '../open-experiment.js';
import { FrameStream } from './frames.js';
import { SharedMemoryExchange } from './shared-memory-exchange.js';
import { OtherExchange } from './socket-exchange.js';
import { packedFailure } from './worker-failure.js';
import {
  EXCHANGE_DESCRIPTOR,
  type ResumePoint,
  type WorkerReply,
  type WorkerRequest,
  type WorkerTask,
} from './worker-message.js';
import { openShare, trainShare } from './worker-share.js';

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

let task: WorkerTask;
let opened: OpenExperiment;

async function prepare(given: WorkerTask): Promise<void> {
  task = given;
  const open = await openShare(task);
  opened = open.opened;
  reply({ type: 'ready', ground: open.ground });
}

async function takePart(resume: ResumePoint | undefined): Promise<void> {
  const { rank, of } = task.share;
  await trainShare(task, opened, {
    ...{
      resume,
      signal: stop.signal,
      exchange: new SharedMemoryExchange(new OtherExchange(rank, of, frames)),
    },
  });
}

function reply(message: WorkerReply, then: () => void = () => undefined): void {
  process.send!(message, then);
}

function fail(error: unknown): void {
  reply({ type: 'failed', error: packedFailure(error) }, () => process.exit(1));
}

process.on('message', (request: WorkerRequest) => {
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
