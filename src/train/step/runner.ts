import type { StepEngine } from '../../engine/engine.js';
import type { Program, ProgramPlan } from '../../engine/program/program.js';
import type { Tensor } from '../../engine/tf.js';
import { sizeOfImages } from '../../tasks/task.js';
import { EagerAccumulatedSteps, ReplayedAccumulatedSteps } from './accumulated.js';
import {
  gradientInputs,
  gradientScalars,
  gradientsOf,
  updateScalars,
  withStepInputs,
  type GradientParts,
  type StepParts,
  type StepResult,
  type StepRunner,
  type StepValues,
} from './parts.js';
import { scalarInputs, scalarValues, type StepScalarTensors } from './scalars.js';
import { applyGradients, isFinite, trainStep } from './step.js';

/** Is told what a step with so many images needs, before the first one runs. */
export type PlanListener = (plan: ProgramPlan, batch: number) => void | Promise<void>;

/**
 * A runner that records each shape of batch once and replays it, where the engine can; else an eager one.
 * @param engine the one in use, on which the model lies
 */
export function createStepRunner(engine: StepEngine, parts: StepParts, onPlan?: PlanListener): StepRunner {
  const isReplayed = engine.mode === 'replay';
  // A step of one batch goes without a mean, unless it has to be made of several workers' gradients.
  if ((parts.accumulate ?? 1) === 1 && parts.exchange === undefined)
    return isReplayed ? new ReplayedSteps(engine, parts, onPlan) : new EagerSteps(parts);
  return isReplayed
    ? new ReplayedAccumulatedSteps(engine, parts, onPlan)
    : new EagerAccumulatedSteps(engine, parts);
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

  async run(values: StepValues): Promise<StepResult> {
    return withStepInputs(values, this.parts, (inputs) => {
      const result = trainStep(this.parts, inputs);
      if (isFinite(result)) this.parts.ema?.update(inputs.averageDecay);
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

  async run(values: StepValues): Promise<StepResult> {
    const { count, images, targets } = values;
    const size = sizeOfImages(values);
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
      ...scalarValues([...gradientScalars(this.parts), ...updateScalars(this.parts)], values),
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
      ...scalarInputs(updateScalars(parts)),
    },
    phases: [
      (inputs) => {
        const result = gradientsOf(parts, inputs);
        gradients = result.gradients;
        return { outputs: result.outputs, losses: result.losses };
      },
      (inputs) => {
        const scalars = inputs as unknown as StepScalarTensors;
        applyGradients(optimizer, gradients, scalars, clipNorm);
        ema?.update(scalars.averageDecay);
        return {};
      },
    ],
  });
}
