// The child process of one config in `involve bench`: prepares its model, then computes a batch when told to.
import { performance } from 'node:perf_hooks';
import { loadRuntime, openOnnxFile } from '../../exchange/onnx/runtime.js';
import { targetOf } from '../../data/sets/index.js';
import {
  packFailure,
  type BatchTime,
  type BenchReply,
  type BenchRequest,
  type BenchSubject,
  type BenchTask,
} from '../../measure/bench-message.js';
import { designFor } from '../../tasks/design.js';
import { taskOfCount } from '../../tasks/task-of.js';
import { leadBench } from './lead.js';
import { peakMemoryMb } from './share.js';

interface Subject {
  readonly subject: BenchSubject;
  batch(count: number): Promise<BatchTime>;
  end(): Promise<number>;
}

let subject: Subject;

async function prepare(task: BenchTask): Promise<Subject> {
  if (task.file !== undefined) return onnxSubject(task, task.file);
  const { opened, batch, end } = await leadBench(task);
  const { engine, net } = opened;
  const { name, description, threads } = engine;
  return { subject: { engine: name, description, threads, macs: net.total().macs }, batch, end };
}

/** A file made of a run, which its own library computes. */
async function onnxSubject({ experiment, classes }: BenchTask, file: string): Promise<Subject> {
  const { data, model, train, engine } = experiment;
  const { inputSize } = data;
  const reader = await openOnnxFile(loadRuntime(), file, engine.threads);
  const { macs } = designFor(
    taskOfCount(classes, { target: targetOf(data), train }),
    model,
    inputSize,
  ).total();
  return {
    subject: { engine: 'onnxruntime', description: reader.description, threads: engine.threads, macs },
    batch: async (count) => {
      const pixels = pixelsOf(count, inputSize);
      const started = performance.now();
      await reader.logits(pixels, count);
      return { ms: performance.now() - started };
    },
    end: () => Promise.resolve(peakMemoryMb()),
  };
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
      subject = await prepare(request.task);
      return { type: 'ready', subject: subject.subject };
    case 'batch':
      return { type: 'batch', ...(await subject.batch(request.count)) };
    case 'end':
      return { type: 'ended', peakMemoryMb: await subject.end() };
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
