import type { StepEngine } from '../engine/engine.js';
import type { Program, ProgramPlan } from '../engine/program/program.js';
import {
  scalar,
  tensor2d,
  tensor4d,
  tidy,
  type LayersModel,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../engine/tf.js';
import type { ExponentialMovingAverage } from './ema.js';
import type { Optimizer } from './optimizer.js';
import type { Parameter } from './parameters.js';
import {
  applyGradients,
  computeGradients,
  isFinite,
  trainStep,
  type StepGradients,
  type StepInputs,
  type StepOutputs,
} from './step.js';

/** A batch as numbers: all that a step depends on beside the state. */
export interface StepValues {
  readonly count: number;
  /** [count, size, size, 3]. */
  readonly images: Float32Array;
  /** [count, classes], rows sum to 1. */
  readonly labels: Float32Array;
  readonly learningRate: number;
  readonly seed: number;
}

/** What a step works on. */
export interface StepParts {
  readonly model: LayersModel;
  readonly parameters: readonly Parameter[];
  readonly optimizer: Optimizer;
  readonly ema: ExponentialMovingAverage | undefined;
  readonly clipNorm: number | null;
  readonly inputSize: number;
  readonly classes: number;
}

/** Does train steps, averages included. When a loss is not finite, parameters and averages stay as they were. */
export interface StepRunner {
  run(values: StepValues): Promise<StepOutputs>;
  dispose(): void;
}

/** Is told what a step with so many images needs, before the first one runs. */
export type PlanListener = (plan: ProgramPlan, batch: number) => void | Promise<void>;

/**
 * A runner that records each size of batch once and replays it, where the engine can; else an eager one.
 * @param engine the one in use, on which the model lies
 */
export function createStepRunner(engine: StepEngine, parts: StepParts, onPlan?: PlanListener): StepRunner {
  return engine.mode === 'replay' ? new ReplayedSteps(engine, parts, onPlan) : new EagerSteps(parts);
}

/** Makes the tensors of a step for the length of `use`. */
export function withStepInputs<T>(
  { count, images, labels, learningRate, seed }: StepValues,
  { inputSize, classes }: Pick<StepParts, 'inputSize' | 'classes'>,
  use: (inputs: StepInputs) => T,
): T {
  let result: T;
  tidy(() => {
    result = use({
      images: tensor4d(images, [count, inputSize, inputSize, 3]),
      labels: tensor2d(labels, [count, classes]),
      learningRate: scalar(learningRate),
      seed: scalar(seed, 'int32'),
    });
  });
  return result!;
}

/** What the gradients of a batch follow from. */
export type GradientParts = Pick<StepParts, 'model' | 'parameters' | 'inputSize' | 'classes'>;

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
    inputs: gradientInputs(parts, count),
    phases: [
      (inputs) => {
        const { logits, losses, gradients } = gradientsOf(parts, inputs);
        return { logits, losses, ...Object.fromEntries(gradients) };
      },
    ],
  });
}

// --- internal ---

class EagerSteps implements StepRunner {
  constructor(private readonly parts: StepParts) {}

  async run(values: StepValues): Promise<StepOutputs> {
    const { model, parameters, optimizer, ema, clipNorm } = this.parts;
    return withStepInputs(values, this.parts, (inputs) => {
      const outputs = trainStep(model, parameters, optimizer, inputs, clipNorm);
      if (isFinite(outputs)) ema?.update();
      return outputs;
    });
  }

  dispose(): void {
    // Nothing is kept from step to step.
  }
}

class ReplayedSteps implements StepRunner {
  /** By images of a batch: the last batch of an epoch may be smaller. */
  readonly #programs = new Map<number, Program>();

  constructor(
    private readonly engine: StepEngine,
    private readonly parts: StepParts,
    private readonly onPlan: PlanListener | undefined,
  ) {}

  async run({ count, images, labels, learningRate, seed }: StepValues): Promise<StepOutputs> {
    let program = this.#programs.get(count);
    if (program === undefined) {
      program = recordStep(this.engine, this.parts, count);
      this.#programs.set(count, program);
      if (program.plan !== undefined) await this.onPlan?.(program.plan, count);
    }
    const { logits, losses } = await program.run({
      images,
      labels,
      learningRate: Float32Array.of(learningRate),
      seed: Int32Array.of(seed),
    });
    return { logits, losses };
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
  }
}

/** Two phases: without finite losses the second changes nothing. */
function recordStep(engine: StepEngine, parts: StepParts, count: number): Program {
  const { optimizer, ema, clipNorm } = parts;
  let gradients: ReadonlyMap<string, Tensor>;
  return engine.record({
    batch: count,
    condition: 'losses',
    inputs: {
      ...gradientInputs(parts, count),
      learningRate: { shape: [], dtype: 'float32' },
    },
    phases: [
      (inputs) => {
        const result = gradientsOf(parts, inputs);
        gradients = result.gradients;
        return { logits: result.logits, losses: result.losses };
      },
      ({ learningRate }) => {
        applyGradients(optimizer, gradients, learningRate as Scalar, clipNorm);
        ema?.update();
        return {};
      },
    ],
  });
}

function gradientInputs({ inputSize, classes }: GradientParts, count: number) {
  return {
    images: { shape: [count, inputSize, inputSize, 3], dtype: 'float32' },
    labels: { shape: [count, classes], dtype: 'float32' },
    seed: { shape: [], dtype: 'int32' },
  } as const;
}

function gradientsOf(
  { model, parameters }: GradientParts,
  { images, labels, seed }: Readonly<Record<string, Tensor>>,
): StepGradients {
  return computeGradients(model, parameters, {
    images: images as Tensor4D,
    labels: labels as Tensor2D,
    seed: seed as Scalar,
  });
}
