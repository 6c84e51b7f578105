import type { StepEngine } from '../engine/engine.js';
import type { Program, ProgramPlan } from '../engine/program/program.js';
import { scalar, tensor, tensor4d, tidy, type Scalar, type Tensor, type Tensor4D } from '../engine/tf.js';
import { sizeOfImages, type Prepared, type StepOutputs } from '../tasks/task.js';
import type { ExponentialMovingAverage } from './ema.js';
import type { Optimizer } from './optimizer.js';
import {
  applyGradients,
  computeGradients,
  isFinite,
  trainStep,
  type StepGradients,
  type StepInputs,
  type StepModel,
} from './step.js';

/** A batch as numbers: all that a step depends on beside the state. */
export interface StepValues extends Prepared {
  readonly count: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** What a step works on. */
export interface StepParts extends GradientParts {
  readonly optimizer: Optimizer;
  readonly ema: ExponentialMovingAverage | undefined;
  readonly clipNorm: number | null;
}

/** What the gradients of a batch follow from. */
export interface GradientParts extends StepModel {
  /** Height and width of the largest images. */
  readonly inputSize: number;
}

/** Does train steps, averages included. When a loss is not finite, parameters and averages stay as they were. */
export interface StepRunner {
  run(values: StepValues): Promise<StepOutputs>;
  dispose(): void;
}

/** Is told what a step with so many images needs, before the first one runs. */
export type PlanListener = (plan: ProgramPlan, batch: number) => void | Promise<void>;

/**
 * A runner that records each shape of batch once and replays it, where the engine can; else an eager one.
 * @param engine the one in use, on which the model lies
 */
export function createStepRunner(engine: StepEngine, parts: StepParts, onPlan?: PlanListener): StepRunner {
  return engine.mode === 'replay' ? new ReplayedSteps(engine, parts, onPlan) : new EagerSteps(parts);
}

/** Makes the tensors of a step for the length of `use`. */
export function withStepInputs<T>(
  { count, images, targets, learningRate, seed }: StepValues,
  { task }: Pick<GradientParts, 'task'>,
  use: (inputs: StepInputs) => T,
): T {
  const size = sizeOfImages({ images, count });
  let result: T;
  tidy(() => {
    result = use({
      images: tensor4d(images, [count, size, size, 3]),
      targets: tensor(targets, [count, ...task.target.shape], task.target.dtype),
      learningRate: scalar(learningRate),
      seed: scalar(seed, 'int32'),
    });
  });
  return result!;
}

/**
 * Records forward and backward for `count` images, which is what a step needs its memory for, to learn how much
 * that is. Nothing is computed, so the model's weights may be blank. The program is to be disposed of.
 */
export function planGradients(
  engine: Pick<StepEngine, 'record'>,
  parts: GradientParts,
  count: number,
): Program {
  return engine.record({
    batch: count,
    inputs: gradientInputs(parts, count, parts.inputSize),
    phases: [
      (inputs) => {
        const { outputs, losses, gradients } = gradientsOf(parts, inputs);
        return { outputs, losses, ...Object.fromEntries(gradients) };
      },
    ],
  });
}

// --- internal ---

class EagerSteps implements StepRunner {
  constructor(private readonly parts: StepParts) {}

  async run(values: StepValues): Promise<StepOutputs> {
    return withStepInputs(values, this.parts, (inputs) => {
      const result = trainStep(this.parts, inputs);
      if (isFinite(result)) this.parts.ema?.update();
      return result;
    });
  }

  dispose(): void {
    // Nothing is kept from step to step.
  }
}

class ReplayedSteps implements StepRunner {
  /** By images of a batch and their size: the last batch of an epoch may be smaller. */
  readonly #programs = new Map<string, Program>();

  constructor(
    private readonly engine: StepEngine,
    private readonly parts: StepParts,
    private readonly onPlan: PlanListener | undefined,
  ) {}

  async run({ count, images, targets, learningRate, seed }: StepValues): Promise<StepOutputs> {
    const size = sizeOfImages({ images, count });
    const shape = `${count}×${size}`;
    let program = this.#programs.get(shape);
    if (program === undefined) {
      program = recordStep(this.engine, this.parts, count, size);
      this.#programs.set(shape, program);
      if (program.plan !== undefined) await this.onPlan?.(program.plan, count);
    }
    const { outputs, losses } = await program.run({
      images,
      targets,
      learningRate: Float32Array.of(learningRate),
      seed: Int32Array.of(seed),
    });
    return { outputs, losses };
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
  }
}

/** Two phases: without finite losses the second changes nothing. */
function recordStep(engine: StepEngine, parts: StepParts, count: number, size: number): Program {
  const { optimizer, ema, clipNorm } = parts;
  let gradients: ReadonlyMap<string, Tensor>;
  return engine.record({
    batch: count,
    condition: 'losses',
    inputs: {
      ...gradientInputs(parts, count, size),
      learningRate: { shape: [], dtype: 'float32' },
    },
    phases: [
      (inputs) => {
        const result = gradientsOf(parts, inputs);
        gradients = result.gradients;
        return { outputs: result.outputs, losses: result.losses };
      },
      ({ learningRate }) => {
        applyGradients(optimizer, gradients, learningRate as Scalar, clipNorm);
        ema?.update();
        return {};
      },
    ],
  });
}

function gradientInputs({ task }: GradientParts, count: number, size: number) {
  return {
    images: { shape: [count, size, size, 3], dtype: 'float32' },
    targets: { shape: [count, ...task.target.shape], dtype: task.target.dtype },
    seed: { shape: [], dtype: 'int32' },
  } as const;
}

function gradientsOf(
  parts: GradientParts,
  { images, targets, seed }: Readonly<Record<string, Tensor>>,
): StepGradients {
  return computeGradients(parts, { images: images as Tensor4D, targets, seed: seed as Scalar });
}
