import { schedule } from './schedule-options.js';
import type { CheckpointConfig } from './options.js';
import type { OptimizerConfig } from './optimizer-options.js';
import type { TrainConfig } from './options.js';
import type { LayersModel } from '../engine/tf.js';
import type { StepEngine } from '../engine/engine.js';
import { BatchNorm } from '../layers/batch-norm.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { Dropout } from '../layers/dropout.js';
import { Involution } from '../operators/involution/layer.js';
import { GlobalAveragePooling } from '../layers/pooling.js';
import { Blueprint } from '../layers/blueprint.js';
import type { OverTraining } from '../util/over-training.js';
import { permutation, RandomStream } from '../util/random.js';
import type { TrainEvent } from './events.js';
import type { TrainingState } from './state.js';
import type { LabelledBatch } from '../tasks/classification/meters.js';
import { classification } from '../tasks/classification/task.js';
import { sizeOfBatch, type SizeStage } from '../data/stream/image-sizes.js';
import type { TrainSource } from './batch-source.js';
import { populationBatches, type Population } from './population-statistics.js';
import type { TrainOutcome } from './outcome.js';
import { train, type TrainOptions } from './trainer.js';

export const SIZE = 6;
export const CLASSES = 3;

/** Tells the three classes of the tiny model apart. */
export function tinyTask(labelSmoothing: OverTraining = 0) {
  return classification(['red', 'green', 'blue'], { labelSmoothing });
}

/** conv, batch norm, involution, dropout, pooling, classifier: every kind of state, in milliseconds a step. */
export function tinyModel(seed = 0, dropout: OverTraining = 0.2): LayersModel {
  const batchNorm = { momentum: 0.9, epsilon: 1e-3 };
  const net = new Blueprint([SIZE, SIZE, 3]);
  let x = net.add(new Convolution({ name: 'conv', filters: 4, kernelSize: 3, stride: 2 }), net.input);
  x = net.add(new BatchNorm({ name: 'bn', activation: 'swish', ...batchNorm }), x);
  const involution = { generator: 'paper', groups: 2, reductionRatio: 2, kernelSize: 3 } as const;
  x = net.add(new Involution({ name: 'involution', ...involution, batchNorm }), x);
  x = net.add(new Dropout({ name: 'dropout', rate: dropout, perSample: false }), x);
  x = net.add(new GlobalAveragePooling({ name: 'pool' }), x);
  net.add(new Dense({ name: 'logits', units: CLASSES }), x);
  return net.build(seed, 'tiny');
}

/** Images whose colour tells their class, under noise; shuffled anew in every epoch when `training`. */
export function tinyStream(
  count: number,
  batchSize: number,
  { training = true, salt = 0, sizes = [] as readonly SizeStage[] } = {},
): TrainSource<LabelledBatch> {
  return {
    batchesPerEpoch: Math.ceil(count / batchSize),
    batch: (epoch, index) => {
      const order = training ? permutation(count, salt, 'order', epoch) : null;
      const first = index * batchSize;
      const size = Math.min(batchSize, count - first);
      const side = sizeOfBatch(sizes, epoch * Math.ceil(count / batchSize) + index, SIZE);
      const pixels = side * side * 3;
      const images = new Float32Array(size * pixels);
      const labels = new Int32Array(size);
      for (let b = 0; b < size; b++) {
        const which = order ? order[first + b] : first + b;
        const noise = new RandomStream(salt, 'image', which);
        labels[b] = which % CLASSES;
        for (let i = 0; i < pixels; i++)
          images[b * pixels + i] = (i % 3 === labels[b] ? 1 : -0.5) + 0.5 * noise.normal();
      }
      return Promise.resolve({ images, labels, count: size, waitedMs: 0 });
    },
  };
}

/** Measured on 7 of the 10 images, 4 and 3 at once. */
export const RECOMPUTED = {
  batchNormStatistics: 'recomputed',
  batchNormImages: 7,
  batchNormBatch: 4,
} as const satisfies Partial<TrainConfig>;
export const ADAMW = {
  ...{ name: 'adamw', learningRate: 0.02, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ decayNormAndBias: false, decayBy: 'role' },
} as const satisfies OptimizerConfig;
export const SGD = {
  ...{ name: 'sgd', learningRate: 0.1, weightDecay: 0, momentum: 0.9, nesterov: true },
  decoupledDecay: true,
  ...{ decayNormAndBias: false, decayBy: 'role' },
} as const satisfies OptimizerConfig;
export const RMSPROP = {
  ...{ name: 'rmsprop', learningRate: 0.005, weightDecay: 0, decay: 0.9, momentum: 0.9, epsilon: 1e-3 },
  ...{ decayNormAndBias: false, decayBy: 'role' },
} as const satisfies OptimizerConfig;

/** An engine in use on which steps run operation by operation. */
export const EAGER: StepEngine = {
  mode: 'eager',
  record: () => {
    throw new Error('Nothing is to be recorded here.');
  },
};

export interface TinyRun {
  /** The one in use; by default it computes at once. */
  readonly engine?: StepEngine;
  readonly config?: Partial<TrainConfig>;
  readonly checkpoint?: Partial<CheckpointConfig>;
  readonly resume?: TrainingState;
  /** Sees every event after it was recorded; may abort. */
  readonly onEvent?: (event: TrainEvent, stop: AbortController, model: LayersModel) => void | Promise<void>;
  readonly options?: Partial<TrainOptions<LabelledBatch>>;
  readonly modelSeed?: number;
  /** The model's rate of dropout. */
  readonly dropout?: OverTraining;
}

export interface TinyResult {
  readonly outcome: TrainOutcome;
  readonly events: readonly TrainEvent[];
  readonly model: LayersModel;
}

/** Trains the tiny model on 10 images in batches of 4, validated on 7: 3 steps and 2 validation batches an epoch. */
export async function runTiny({
  engine = EAGER,
  config = {},
  checkpoint = {},
  resume,
  onEvent,
  options = {},
  modelSeed = 0,
  dropout,
}: TinyRun): Promise<TinyResult> {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  const model = options.model ?? tinyModel(modelSeed, dropout);
  const trainConfig: TrainConfig = {
    seed: 5,
    batchSize: 4,
    accumulate: 1,
    workers: 1,
    epochs: 4,
    steps: null,
    until: 'end',
    optimizer: ADAMW,
    schedule: schedule.parse({ name: 'cosine', minimum: 0, warmUp: { steps: 2 } }),
    labelSmoothing: 0.1,
    progressive: null,
    clipNorm: 5,
    ema: null,
    batchNormStatistics: 'moving',
    synchronisedBatchNorm: false,
    batchNormImages: 1000,
    batchNormBatch: 200,
    ...config,
  };
  const outcome = await train({
    engine,
    model,
    task: tinyTask(trainConfig.labelSmoothing),
    experiment: {
      train: trainConfig,
      checkpoint: { every: { epochs: 1 }, best: 'val_top1', keep: null, ...checkpoint },
    },
    inputSize: SIZE,
    train: tinyStream(10, 4),
    validation: tinyStream(7, 4, { training: false, salt: 1 }),
    population: trainConfig.batchNormStatistics === 'moving' ? undefined : tinyPopulation(trainConfig),
    resume: resume && { state: throughDisk(resume), source: 'last.safetensors' },
    listener: async (event) => {
      events.push(event);
      await onEvent?.(event, stop, model);
    },
    signal: stop.signal,
    ...options,
  });
  return { outcome, events, model };
}

/** Some of the ten training images, as a config says. */
export function tinyPopulation(config: Pick<TrainConfig, 'batchNormImages' | 'batchNormBatch'>): Population {
  const plan = populationBatches(config, 10);
  return { ...plan, source: tinyStream(10, plan.batchSize) };
}

/** A copy as a file would bring it back: progress as JSON. */
function throughDisk({ progress, tensors }: TrainingState): TrainingState {
  return { progress: JSON.parse(JSON.stringify(progress)) as TrainingState['progress'], tensors };
}

/** The events of one type, in order. */
export function eventsOf<T extends TrainEvent['type']>(
  events: readonly TrainEvent[],
  type: T,
): Extract<TrainEvent, { type: T }>[] {
  return events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);
}

/** The state saved last. */
export function lastState(events: readonly TrainEvent[]): TrainingState {
  return eventsOf(events, 'checkpoint')
    .filter(({ name }) => name === 'last')
    .at(-1)!.state;
}

/** The columns of metrics.csv that must come out alike whether a run was stopped or not. */
export function rowsOf(events: readonly TrainEvent[]) {
  return eventsOf(events, 'epoch').map(({ result: { epoch, step, learningRate, train, val } }) => ({
    epoch,
    step,
    learningRate,
    trainLoss: train.loss,
    trainTop1: train.top1,
    valLoss: val.loss,
    valTop1: val.top1!,
    valTop5: val.top5!,
  }));
}

/** Bits of every tensor of a state, so that −0 and NaN count too. */
export function bitsOf({ tensors }: TrainingState): Record<string, string> {
  return Object.fromEntries(
    [...tensors].map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
    ]),
  );
}
