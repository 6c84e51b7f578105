import type { StepEngine } from '../../engine/engine.js';
import type { Program, ProgramPlan } from '../../engine/program/program.js';
import { scalar, tidy, type Scalar, type Tensor } from '../../engine/tf.js';
import { sizeOfImages, type StepOutputs } from '../../tasks/task.js';
import { SharedUpdate } from '../workers/shared-update.js';
import { StepMeetings } from '../workers/step-meetings.js';
import { MeanGradients } from './mean-gradients.js';
import {
  gradientInputs,
  gradientScalars,
  gradientsOf,
  updateScalars,
  withStepInputs,
  type BatchValues,
  type StepParts,
  type StepResult,
  type StepRunner,
  type StepValues,
} from './parts.js';
import {
  scalarInputs,
  scalarTensors,
  scalarValues,
  type StepScalars,
  type StepScalarTensors,
} from './scalars.js';
import { applyGradients, computeGradients, isFinite, type UpdateScalarTensors } from './step.js';

/**
 * Steps of several batches each: the mean of their gradients is kept, and one update follows. The gradient is that of the
 * mean loss over all images of the step, however many each batch has.
 */
abstract class AccumulatedSteps implements StepRunner {
  protected readonly mean: MeanGradients;
  protected readonly meetings: StepMeetings | undefined;
  readonly #shared: SharedUpdate | undefined;

  constructor(
    protected readonly engine: StepEngine,
    protected readonly parts: StepParts,
  ) {
    this.mean = new MeanGradients(parts.parameters);
    const { exchange } = parts;
    this.meetings = exchange && new StepMeetings(exchange);
    this.#shared = exchange && new SharedUpdate(engine, { ...parts, exchange }, this.mean, this.meetings!);
  }

  async run({ more = [], ...first }: StepValues): Promise<StepResult> {
    const results: StepOutputs[] = [];
    let images = 0;
    let failure: Pick<StepResult, 'failed'> | undefined;
    for (const bring of [async () => first, ...more]) {
      const batch = { ...first, ...(await bring()) };
      // The share that a worker has of a few images may be none.
      if (batch.count === 0) continue;
      const before = images;
      images += batch.count;
      // The mean over the images so far: how many are to come need not be known.
      const result = await this.add(batch, batch.count / images, before / images);
      results.push(result);
      if (isFinite(result)) continue;
      failure = before > 0 ? { failed: batch } : {};
      break;
    }
    const result: StepResult = { ...joined(results), ...failure };
    const isFine = failure === undefined;
    if (this.#shared === undefined) {
      if (isFine) await this.update(first);
      return result;
    }
    const isDone = await this.#shared.run(first, { images, isFinite: isFine });
    return isDone || !isFine ? result : { ...result, failedElsewhere: true };
  }

  dispose(): void {
    this.#shared?.dispose();
    this.mean.dispose();
  }

  /** Takes the gradients of a batch into the mean, unless its loss is not finite. */
  protected abstract add(batch: BatchValues & StepScalars, share: number, keep: number): Promise<StepOutputs>;

  protected abstract update(scalars: StepScalars): Promise<void>;

  protected applyMean(scalars: UpdateScalarTensors): void {
    const { optimizer, ema, clipNorm } = this.parts;
    applyGradients(optimizer, this.mean.gradients, scalars, clipNorm);
    ema?.update(scalars.averageDecay);
  }
}

export class EagerAccumulatedSteps extends AccumulatedSteps {
  protected override async add(
    batch: BatchValues & StepScalars,
    share: number,
    keep: number,
  ): Promise<StepOutputs> {
    return withStepInputs(batch, this.parts, (inputs) => {
      const { outputs, losses, gradients } = computeGradients(this.parts, inputs);
      const result = { outputs: read(outputs), losses: read(losses) };
      if (isFinite(result)) this.mean.add(gradients, scalar(share), scalar(keep));
      return result;
    });
  }

  protected override async update(scalars: StepScalars): Promise<void> {
    tidy(() => this.applyMean(scalarTensors(updateScalars(this.parts), scalars)));
  }
}

/** A program for each shape of batch, and one for the update. */
export class ReplayedAccumulatedSteps extends AccumulatedSteps {
  readonly #programs = new Map<string, Program>();
  #update: Program | undefined;

  constructor(
    engine: StepEngine,
    parts: StepParts,
    private readonly onPlan: ((plan: ProgramPlan, batch: number) => void | Promise<void>) | undefined,
  ) {
    super(engine, parts);
  }

  protected override async add(
    batch: BatchValues & StepScalars,
    share: number,
    keep: number,
  ): Promise<StepOutputs> {
    const { count, images, targets } = batch;
    const size = sizeOfImages(batch);
    const shape = `${count}×${size}`;
    let program = this.#programs.get(shape);
    if (program === undefined) {
      program = this.#recordBatch(count, size);
      this.#programs.set(shape, program);
      if (program.plan !== undefined) await this.onPlan?.(program.plan, count);
    }
    const { outputs, losses } = await program.run({
      ...{ images, targets, share: Float32Array.of(share), keep: Float32Array.of(keep) },
      ...scalarValues(gradientScalars(this.parts), batch),
    });
    return { outputs, losses };
  }

  protected override async update(scalars: StepScalars): Promise<void> {
    // Only now is it known which parameters have a gradient.
    this.#update ??= this.#recordUpdate();
    await this.#update.run(scalarValues(updateScalars(this.parts), scalars));
  }

  override dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
    this.#update?.dispose();
    this.#update = undefined;
    super.dispose();
  }

  #recordBatch(count: number, size: number): Program {
    const number = { shape: [], dtype: 'float32' } as const;
    let gradients: ReadonlyMap<string, Tensor>;
    return this.engine.record({
      batch: count,
      condition: 'losses',
      ...(this.meetings && { allReduce: this.meetings.allReduce }),
      inputs: { ...gradientInputs(this.parts, count, size), share: number, keep: number },
      phases: [
        (inputs) => {
          const result = gradientsOf(this.parts, inputs);
          gradients = result.gradients;
          return { outputs: result.outputs, losses: result.losses };
        },
        ({ share, keep }) => {
          this.mean.add(gradients, share as Scalar, keep as Scalar);
          return {};
        },
      ],
    });
  }

  #recordUpdate(): Program {
    return this.engine.record({
      batch: 1,
      inputs: scalarInputs(updateScalars(this.parts)),
      phases: [
        (inputs) => {
          this.applyMean(inputs as unknown as StepScalarTensors);
          return {};
        },
      ],
    });
  }
}

// --- internal ---

function read(tensor: Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync<'float32'>());
}

function joined(results: readonly StepOutputs[]): StepOutputs {
  return {
    outputs: concatenated(results.map(({ outputs }) => outputs)),
    losses: concatenated(results.map(({ losses }) => losses)),
  };
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
