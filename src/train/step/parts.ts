import { tensor, tensor4d, tidy, type Scalar, type Tensor, type Tensor4D } from '../../engine/tf.js';
import { sizeOfImages, targetsShape, type Prepared, type StepOutputs } from '../../tasks/task.js';
import { followsTraining } from '../../layers/operator-layer.js';
import type { ExponentialMovingAverage } from '../ema.js';
import type { Optimizer } from '../optimizer.js';
import type { Exchange } from '../workers/exchange.js';
import { scalarInputs, scalarTensors, type StepScalarName, type StepScalars } from './scalars.js';
import { computeGradients, type StepGradients, type StepInputs, type StepModel } from './step.js';

/** A batch as numbers. */
export interface BatchValues extends Prepared {
  readonly count: number;
  /** Of what is random on the engine for this batch. */
  readonly seed: number;
}

/** All that a step depends on beside the state, as numbers. */
export interface StepValues extends BatchValues, StepScalars {
  /** Bring further batches of the same step, where gradients are accumulated: each is asked for when its turn has come. */
  readonly more?: readonly (() => Promise<BatchValues>)[];
}

/** What came out of a step. */
export interface StepResult extends StepOutputs {
  /** The batch whose loss is not finite, where it is another than the first. */
  readonly failed?: BatchValues & StepScalars;
  /** A loss of another worker is not finite: nothing has changed here either. */
  readonly failedElsewhere?: true;
}

/** What the gradients of a batch follow from. */
export interface GradientParts extends StepModel {
  /** Height and width of the largest images. */
  readonly inputSize: number;
}

/** What a step works on. */
export interface StepParts extends GradientParts {
  readonly optimizer: Optimizer;
  readonly ema: ExponentialMovingAverage | undefined;
  readonly clipNorm: number | null;
  /** The schedule drives the momentum. */
  readonly drivesMomentum?: boolean;
  /** Batches of a step; 1 where it is not given. */
  readonly accumulate?: number;
  /** Those who have the other images of each batch, where it is shared out. */
  readonly exchange?: Exchange;
}

/** Does train steps, averages included. When a loss is not finite, parameters and averages stay as they were. */
export interface StepRunner {
  /**
   * @returns what came out of the step's batches, one after the other; those after one whose loss is not finite are
   * left out
   */
  run(values: StepValues): Promise<StepResult>;
  dispose(): void;
}

/** Makes the tensors of a batch for the length of `use`. */
export function withStepInputs<T>(
  values: BatchValues & StepScalars,
  parts: Pick<StepParts, 'model' | 'task' | 'ema' | 'drivesMomentum'>,
  use: (inputs: StepInputs) => T,
): T {
  const { count, images, targets } = values;
  const size = sizeOfImages(values);
  const { target } = parts.task;
  let result: T;
  tidy(() => {
    result = use({
      images: tensor4d(images, [count, size, size, 3]),
      targets: tensor(targets, targetsShape(target, count, size), target.dtype),
      ...scalarTensors([...gradientScalars(parts), ...updateScalars(parts)], values),
    });
  });
  return result!;
}

/** What forward and backward take of the numbers that change from step to step. */
export function gradientScalars({ model }: Pick<GradientParts, 'model'>): readonly StepScalarName[] {
  return ['seed', ...(followsTraining(model) ? (['done'] as const) : [])];
}

/** What the update takes of them. */
export function updateScalars({
  ema,
  drivesMomentum = false,
}: Pick<StepParts, 'ema' | 'drivesMomentum'>): readonly StepScalarName[] {
  return [
    'learningRate',
    ...(drivesMomentum ? (['momentum', 'momentumRest', 'momentumPower'] as const) : []),
    ...(ema?.isFed ? (['averageDecay'] as const) : []),
  ];
}

/** What forward and backward of a recorded step are fed. */
export function gradientInputs({ model, task }: GradientParts, count: number, size: number) {
  return {
    images: { shape: [count, size, size, 3], dtype: 'float32' },
    targets: { shape: targetsShape(task.target, count, size), dtype: task.target.dtype },
    ...scalarInputs(gradientScalars({ model })),
  } as const;
}

/** Forward and backward of what `gradientInputs` declares. */
export function gradientsOf(
  parts: GradientParts,
  { images, targets, seed, done }: Readonly<Record<string, Tensor>>,
): StepGradients {
  return computeGradients(parts, {
    images: images as Tensor4D,
    targets,
    seed: seed as Scalar,
    done: done as Scalar | undefined,
  });
}
