import { performance } from 'node:perf_hooks';
import { resolvedYaml } from '../../config/load.js';
import { targetOf } from '../../data/sets/index.js';
import type { EngineRequest } from '../../engine/engine.js';
import type { BenchTask } from '../../measure/bench-message.js';
import {
  makePrediction,
  makeTrainStep,
  syntheticBatches,
  type BenchWork,
  type SyntheticBatch,
} from '../../measure/bench-work.js';
import { describeProgram } from '../../runs/environment.js';
import { taskOfCount } from '../../tasks/task-of.js';
import type { Exchange } from '../../train/workers/exchange.js';
import { openModel, openTrainable, type OpenModel } from '../open-model.js';
import { engineOf } from '../training/environment-of.js';
import type { Ground, SharedTask } from '../workers/worker-message.js';

/** What a worker beside the first one is to measure with it. */
export interface BenchShare extends SharedTask {
  readonly bench: BenchTask;
  readonly engine: Partial<EngineRequest>;
}

/** Opens the network of a benchmark, which trains or only computes. */
export function openBench(
  { experiment, mode, classes }: BenchTask,
  engine: Partial<EngineRequest>,
): Promise<OpenModel> {
  const { data, train } = experiment;
  const task = taskOfCount(classes, { target: targetOf(data), train });
  return (mode === 'train' ? openTrainable : openModel)(experiment, task, engine);
}

/** The same as a worker beside the first one has it, and what it has in common with that. */
export async function openBenchShare({
  bench,
  engine,
}: BenchShare): Promise<{ readonly opened: OpenModel; readonly ground: Ground }> {
  const opened = await openBench(bench, engine);
  return { opened, ground: groundOf(opened) };
}

/** What must be the same for all workers of a benchmark: its images are made up. */
export function groundOf({ experiment, engine }: OpenModel): Ground {
  return {
    config: resolvedYaml(experiment),
    environment: { ...describeProgram(), ...engineOf(engine) },
  };
}

/** One process of a benchmark: what it computes of a batch. */
export class BenchPart {
  readonly #work: BenchWork;
  /** By the images of all workers. At most two sizes occur: a whole batch, and what is left for the last one. */
  readonly #batches = new Map<number, SyntheticBatch[]>();

  /** @param exchange the workers that have the other images, where there are any */
  constructor(
    { mode }: BenchTask,
    private readonly opened: OpenModel,
    private readonly exchange?: Exchange,
  ) {
    const { engine, model, task, experiment } = opened;
    const { data, train } = experiment;
    this.#work =
      mode === 'train'
        ? makeTrainStep(engine, model, task, train, data.inputSize, exchange)
        : makePrediction(engine, model, data.inputSize);
  }

  /** Computes a batch with the others; milliseconds from when all are ready until all are done. */
  async time(count: number): Promise<number> {
    const batches = this.#batchesOf(count);
    await this.exchange?.gather(undefined);
    const started = performance.now();
    await this.#work(batches);
    await this.exchange?.gather(undefined);
    return performance.now() - started;
  }

  #batchesOf(count: number): readonly SyntheticBatch[] {
    const { experiment, task } = this.opened;
    const { train, data } = experiment;
    const made =
      this.#batches.get(count) ??
      syntheticBatches(train.seed, count, data.inputSize, task.target, {
        batchSize: train.batchSize,
        share: this.exchange,
      });
    this.#batches.set(count, made);
    return made;
  }
}

/** The most memory that this process ever held resident, in MB (10⁶ bytes). */
export function peakMemoryMb(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}
