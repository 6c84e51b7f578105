import type { ImageBatch, Prepared, StepOutputs, Sums, Task } from '../../tasks/task.js';
import { makeKey, stepKey } from '../../util/random.js';
import { averageDecayAt, averageOf } from '../ema-options.js';
import type { TrainConfig } from '../options.js';
import type { BatchValues, StepValues } from './parts.js';

/** Where in a training a step is. */
export interface Moment {
  /** From 0. */
  readonly step: number;
  readonly learningRate: number;
  /** Where the schedule drives it. */
  readonly momentum?: number;
  /** The share of training that is behind it, 0 … 1. */
  readonly done: number;
  /** Of the worker, where a batch is shared out: each drops other activations. */
  readonly rank?: number;
}

/**
 * A batch that a step has taken, and the targets that it was prepared with. Its images are let go: those of a step's other
 * batches are not to be in memory all at once.
 */
export interface TakenBatch<B> extends Pick<Prepared, 'targets'> {
  readonly batch: Omit<B, 'images'>;
}

/**
 * The numbers of a step, the first batch's at once and the others' when their turn has come. Each batch has a seed of
 * its own, as if it were a step.
 * @param bring one call a batch
 * @returns also the batches, as far as they were taken
 */
export async function stepValuesOf<B extends ImageBatch, Given extends B>(
  { seed, ema, accumulate = 1 }: Pick<TrainConfig, 'seed' | 'ema'> & Partial<Pick<TrainConfig, 'accumulate'>>,
  task: Pick<Task<B>, 'prepare'>,
  bring: readonly (() => Promise<Given>)[],
  { step, learningRate, momentum, done, rank = 0 }: Moment,
): Promise<{ readonly values: StepValues; readonly taken: readonly TakenBatch<Given>[] }> {
  const taken: TakenBatch<Given>[] = [];
  const [first, ...more] = bring.map((each, i) => async (): Promise<BatchValues> => {
    const batch = await each();
    const key = stepKey(seed, step * accumulate + i);
    const { images, targets } = task.prepare(batch, key, { done });
    taken.push({ batch: withoutImages(batch), targets });
    return { count: batch.count, images, targets, seed: rank === 0 ? key : makeKey(key, 'worker', rank) };
  });
  const average = averageOf(ema);
  const averageDecay = average === null ? undefined : averageDecayAt(average, step);
  const driven = momentum === undefined ? {} : drivenMomentum(momentum, step);
  return { values: { ...(await first()), learningRate, ...driven, done, averageDecay, more }, taken };
}

/** The sums with the batches of one step more. */
export function addStep<B extends ImageBatch>(
  training: Task<B>['training'],
  sums: Sums,
  taken: readonly (TakenBatch<B> & { readonly batch: Pick<B, 'count'> })[],
  { outputs, losses }: StepOutputs,
): Sums {
  // No image, no width: the share that a worker has of a few images may be none.
  const width = losses.length === 0 ? 0 : outputs.length / losses.length;
  let at = 0;
  return taken.reduce((sum, { batch, targets }) => {
    const [from, to] = [at, (at += batch.count)];
    return training.add(sum, batch, {
      outputs: outputs.subarray(from * width, to * width),
      losses: losses.subarray(from, to),
      targets,
    });
  }, sums);
}

// --- internal ---

function withoutImages<B extends ImageBatch>(batch: B): Omit<B, 'images'> {
  const known: Omit<B, 'images'> & { images?: Float32Array } = { ...batch };
  delete known.images;
  return known;
}

function drivenMomentum(momentum: number, step: number) {
  return { momentum, momentumRest: 1 - momentum, momentumPower: momentum ** (step + 1) };
}
