// A worker beside the first one: opens what it is told to, and then does the steps with it. It writes nothing.
import { Socket } from 'node:net';
import { resolvedYaml } from '../../config/load.js';
import { loadCheckpoint } from '../../runs/read-run.js';
import { runPaths } from '../../runs/run-paths.js';
import { fromStored } from '../../train/checkpoint-tensors.js';
import { train } from '../../train/trainer.js';
import { InvolveError, runFailed } from '../../util/errors.js';
import { interruptible } from '../../util/interruption.js';
import { packError } from '../../util/packed-error.js';
import { openExperiment, type OpenExperiment } from '../open-experiment.js';
import { environmentOf } from '../training/environment-of.js';
import { freshWeights } from '../training/fresh-weights.js';
import { readStart } from '../weights/start-from.js';
import { openStreams } from '../training/streams.js';
import { validatesRaw } from '../../train/ema-options.js';
import { FrameStream } from './frames.js';
import { OtherExchange } from './socket-exchange.js';
import {
  EXCHANGE_DESCRIPTOR,
  type ResumePoint,
  type WorkerReply,
  type WorkerRequest,
  type WorkerTask,
} from './worker-message.js';

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
  const { experiment, cwd, engine } = task;
  opened = await openExperiment(experiment, { cwd, splits: ['train', 'validation'], engine });
  const { metrics } = opened.task;
  const environment = environmentOf(experiment, { ...opened, metrics });
  reply({ type: 'ready', ground: { config: resolvedYaml(experiment), environment } });
}

async function takePart(resume: ResumePoint | undefined): Promise<void> {
  const { experiment, share } = task;
  const { engine, model, dataset } = opened;
  const { train: source, validation, population } = await openStreams(experiment, dataset, share);
  if (resume === undefined) await freshWeights(opened, await readStart(experiment, task.cwd));
  await train({
    ...{ engine, model, task: opened.task, experiment, inputSize: experiment.data.inputSize },
    ...{ train: source, validation, population, validateRaw: validatesRaw(experiment.train.ema) },
    resume: resume && (await stateOf(resume)),
    signal: stop.signal,
    exchange: new OtherExchange(share.rank, share.of, frames),
    // Gives messages a turn: a step is one long synchronous computation.
    listener: () => new Promise(setImmediate),
  });
}

async function stateOf({ dir, progress }: ResumePoint) {
  const source = runPaths(dir).checkpoint('last');
  const file = await loadCheckpoint(dir, 'last');
  if (file === undefined) throw runFailed('E_WORKER', { what: 'the checkpoint is gone', where: source });
  return { state: { ...fromStored(file, source), progress }, source };
}

function reply(message: WorkerReply, then: () => void = () => undefined): void {
  process.send!(message, then);
}

function fail(error: unknown): void {
  const known =
    error instanceof InvolveError
      ? packError(error)
      : packError(
          runFailed('E_WORKER', { what: error instanceof Error ? error.message : String(error) }),
          error instanceof Error ? error.stack : undefined,
        );
  reply({ type: 'failed', error: known }, () => process.exit(1));
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
