import type { StepEngine } from '../engine/engine.js';
import type { Program, ProgramPlan } from '../engine/program/program.js';
import {
  scalar,
  tensor4d,
  tidy,
  zerosLike,
  type LayersModel,
  type Scalar,
  type Tensor,
} from '../engine/tf.js';
import type { ImageBatch } from '../tasks/task.js';
import type { BatchSource } from './batch-source.js';
import { InvolveError } from '../util/errors.js';
import { movingStatisticsOf, statisticsOf } from './parameters.js';
import type { StateTensor } from './state.js';

/** Images in batches of one size, of which only the last may be smaller. */
export interface PopulationBatches {
  /** Images in all. */
  readonly images: number;
  /** Images of a batch. */
  readonly batchSize: number;
  readonly batches: number;
}

/**
 * How many of `available` images make up the population, in batches as alike as can be of at most `most`: a few images
 * left over would be a batch whose statistics mean little.
 */
export function populationBatches(
  {
    batchNormImages,
    batchNormBatch: most,
  }: { readonly batchNormImages: number; readonly batchNormBatch: number },
  available: number,
): PopulationBatches {
  const images = Math.min(batchNormImages, available);
  const batchSize = Math.ceil(images / Math.ceil(images / most));
  return { images, batchSize, batches: Math.ceil(images / batchSize) };
}

/** What statistics are measured on. */
export interface Population extends PopulationBatches {
  /** Training images, as training sees them: another choice in every epoch, in batches of that size. */
  readonly source: BatchSource<ImageBatch>;
}

export interface PopulationParts {
  /** The one in use, on which the model lies. */
  readonly engine: StepEngine;
  readonly model: LayersModel;
  /** Height and width of the images. */
  readonly inputSize: number;
  readonly population: Population;
  /** Is told what a batch needs, before the first one. */
  readonly onPlan?: (plan: ProgramPlan, batch: number) => void | Promise<void>;
}

/**
 * Measures the statistics of batch norm anew, for the weights as they are (Wu and Johnson 2021, "Rethinking 'Batch' in
 * BatchNorm", section 3, PreciseBN): training images go through the model as in training, each batch normalised by
 * itself, and the moving statistics become mean and variance of all of them. As in the authors' code (fvcore's
 * `update_bn_stats`) the variance is that of the population: within batches and between their means, ÷ n. Unlike there
 * nothing is dropped on the way, as nothing is when the statistics are used (Li et al. 2019, "Understanding the
 * Disharmony between Dropout and Batch Normalization by Variance Shift").
 *
 * What comes out depends on weights, seed and epoch alone, not on the statistics before.
 */
export class PopulationStatistics {
  /** By images of a batch: the last one may be smaller. */
  readonly #programs = new Map<number, Program>();

  constructor(private readonly parts: PopulationParts) {}

  /**
   * Measures on the images of an epoch.
   * @returns false when `signal` fired before the last batch: the statistics are then as they were
   * @throws InvolveError E_OUT_OF_MEMORY where a batch does not fit
   */
  async measure(epoch: number, signal: AbortSignal | undefined): Promise<boolean> {
    const { images, batchSize, batches, source } = this.parts.population;
    const statistics = movingStatisticsOf(this.parts.model);
    const before: Tensor[] = statistics.map(({ variable }) => variable.clone());
    let isDone = false;
    try {
      // What is multiplied by nothing must be finite.
      for (const { variable } of statistics) tidy(() => variable.assign(zerosLike(variable)));
      for (let index = 0; index < batches; index++) {
        if (signal?.aborted) return false;
        const batch = await source.batch(epoch, index);
        const seen = index * batchSize;
        const count = Math.min(batch.count, images - seen);
        await fitting(count, () => this.#take(batch.images, count, count / (seen + count)));
      }
      return (isDone = true);
    } finally {
      if (!isDone) statistics.forEach(({ variable }, i) => variable.assign(before[i]));
      for (const tensor of before) tensor.dispose();
    }
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
  }

  /** Takes the first `count` images into the statistics, with the weight that they have in all so far. */
  async #take(images: Float32Array, count: number, share: number): Promise<void> {
    const { engine, model, inputSize, onPlan } = this.parts;
    const shape: [number, number, number, number] = [count, inputSize, inputSize, 3];
    const values = images.subarray(0, count * inputSize * inputSize * 3);
    if (engine.mode === 'eager') {
      tidy(() => measureBatch(model, tensor4d(values, shape), scalar(share)));
      return;
    }
    let program = this.#programs.get(count);
    if (program === undefined) {
      program = planMeasuring(engine, model, count, inputSize);
      this.#programs.set(count, program);
      if (program.plan !== undefined) await onPlan?.(program.plan, count);
    }
    await program.run({ images: values, share: Float32Array.of(share) });
  }
}

/** Measures once, on the images of an epoch, and gives back what came out, under the names of the statistics. */
export async function measureStatistics(
  parts: PopulationParts,
  epoch: number,
): Promise<ReadonlyMap<string, StateTensor>> {
  const statistics = new PopulationStatistics(parts);
  try {
    await statistics.measure(epoch, undefined);
  } finally {
    statistics.dispose();
  }
  return new Map(
    statisticsOf(parts.model).map(({ name, variable }) => [
      name,
      { shape: variable.shape, data: Float32Array.from(variable.dataSync<'float32'>()) },
    ]),
  );
}

/**
 * Records how `count` images are taken into the statistics. Nothing is computed, so the model's weights may be blank.
 * The program is to be disposed of.
 */
export function planMeasuring(
  engine: Pick<StepEngine, 'record'>,
  model: LayersModel,
  count: number,
  inputSize: number,
): Program {
  return engine.record({
    batch: count,
    inputs: {
      images: { shape: [count, inputSize, inputSize, 3], dtype: 'float32' },
      share: { shape: [], dtype: 'float32' },
    },
    phases: [
      ({ images, share }) => {
        measureBatch(model, images, share as Scalar);
        return {};
      },
    ],
  });
}

/**
 * Does what measuring with batches of `count` images needs memory for, with errors that say whose batches they are:
 * an engine takes every batch for one of a step.
 */
export async function fitting<T>(count: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvolveError) || error.code !== 'E_OUT_OF_MEMORY') throw error;
    const problems = error.problems.map(({ what }) => ({
      what: `measuring the statistics of batch norm: ${what}`,
      where: 'train.batchNormBatch',
      try:
        (count > 1 ? `train.batchNormBatch below ${count}` : 'smaller images (data.inputSize)') +
        ', or train.batchNormStatistics "moving"',
    }));
    throw new InvolveError(error.code, error.exitCode, problems, { cause: error });
  }
}

// --- internal ---

function measureBatch(model: LayersModel, images: Tensor, measured: Scalar): void {
  model.apply(images, { training: false, measured });
}
