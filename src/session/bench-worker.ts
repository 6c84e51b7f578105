// The child process of one config in `involve bench`: prepares its model, then computes a batch when told to.
import { performance } from 'node:perf_hooks';
import { packFailure, type BenchReply, type BenchRequest, type BenchTask } from '../measure/bench-message.js';
import {
  makePrediction,
  makeTrainStep,
  syntheticBatch,
  type BenchWork,
  type SyntheticBatch,
} from '../measure/bench-work.js';
import { loadRuntime, openOnnxFile } from '../exchange/onnx/runtime.js';
import { designFor } from '../tasks/design.js';
import { targetOf } from '../data/sets/index.js';
import { taskOfCount } from '../tasks/task-of.js';
import { openModel } from './open-model.js';

let work: BenchWork;
let batchOf: (count: number) => SyntheticBatch;

async function prepare({ experiment, mode, classes, file }: BenchTask): Promise<BenchReply> {
  const { data, train } = experiment;
  const task = taskOfCount(classes, { target: targetOf(data), train });
  // At most two sizes occur: a whole batch, and what is left for the last one.
  const batches = new Map<number, SyntheticBatch>();
  batchOf = (count) => {
    const batch = batches.get(count) ?? syntheticBatch(train.seed, count, data.inputSize, task.target);
    batches.set(count, batch);
    return batch;
  };
  if (file !== undefined) {
    const reader = await openOnnxFile(loadRuntime(), file, experiment.engine.threads);
    work = async ({ count }) => void (await reader.logits(pixelsOf(count, data.inputSize), count));
    const { macs } = designFor(task, experiment.model, data.inputSize).total();
    return { type: 'ready', subject: { engine: 'onnxruntime', description: reader.description, macs } };
  }
  const { engine, model, net } = await openModel(experiment, task);
  work =
    mode === 'train'
      ? makeTrainStep(engine, model, task, train, data.inputSize)
      : makePrediction(engine, model, data.inputSize);
  const { macs } = net.total();
  return { type: 'ready', subject: { engine: engine.name, description: engine.description, macs } };
}

const pixels = new Map<number, Uint8Array>();

/** Grey from black to white, made once a size: what the values are makes no difference. */
function pixelsOf(count: number, size: number): Uint8Array {
  const made = pixels.get(count) ?? Uint8Array.from({ length: count * size * size * 3 }, (_, i) => i % 256);
  pixels.set(count, made);
  return made;
}

async function answer(request: BenchRequest): Promise<BenchReply> {
  switch (request.type) {
    case 'prepare':
      return prepare(request.task);
    case 'batch': {
      const batch = batchOf(request.count);
      const started = performance.now();
      await work(batch);
      return { type: 'batch', ms: performance.now() - started };
    }
    case 'end':
      return { type: 'ended', peakMemoryMb: (process.resourceUsage().maxRSS * 1024) / 1e6 };
  }
}

process.on('message', (request: BenchRequest) => {
  answer(request).then(
    (reply) => process.send!(reply),
    (error: unknown) => process.send!({ type: 'failed', error: packFailure(error) } satisfies BenchReply),
  );
});
// The parent ended this child, or is gone itself: the engine's threads would keep the process alive.
process.on('disconnect', () => process.exit());
