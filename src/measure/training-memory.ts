import type { TrainConfig } from '../train/options.js';
import type { Engine } from '../engine/engine.js';
import { memoryNeed } from '../engine/footprint.js';
import { tidy } from '../engine/tf.js';
import type { Blueprint } from '../layers/blueprint.js';
import type { Objective } from '../tasks/task.js';
import { parametersOf } from '../train/parameters.js';
import { planGradients } from '../train/step-runner.js';

/** Memory of training with batches of one size. */
export interface TrainingMemory {
  /** Of the whole process. */
  readonly bytes: number;
  /** Activations, gradients and scratch of a step, as planned. */
  readonly stepBytes: number;
  /** Weights, moving statistics, optimizer slots and averages. */
  readonly stateBytes: number;
  /** The largest batch, up to the one asked for, that fits into what there is; 0: not one image. */
  readonly largestBatch: number;
  /** Whether some activations are computed twice because keeping them all would need more than there is. */
  readonly recomputes: boolean;
  /** Whether operations are held to their order because running them as they get ready would need more. */
  readonly inOrder: boolean;
  /** Calls of kernels in a step's forward and backward pass. */
  readonly calls: number;
  /** How many of them, by operation, run on tf.js's CPU code because the engine has no kernel for them. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/**
 * Predicts the memory of training on an engine, whichever is in use: the step is recorded by its shapes and planned,
 * as training does it, with weights that are set aside and never filled. Undefined where the engine plans nothing.
 */
export function planTrainingMemory(
  engine: Engine,
  net: Blueprint,
  { optimizer, ema }: Pick<TrainConfig, 'optimizer' | 'ema'>,
  {
    task,
    inputSize,
    batch,
  }: { readonly task: Objective; readonly inputSize: number; readonly batch: number },
): TrainingMemory | undefined {
  const { footprint } = engine;
  if (engine.mode !== 'replay' || footprint === undefined) return undefined;
  const stateBytes = bytesOfState(net, { optimizer, ema });
  let memory: TrainingMemory | undefined;
  const plan = (): void => {
    const model = net.build((shape) => engine.blank(shape), 'planned');
    const program = planGradients(engine, { model, task, parameters: parametersOf(model), inputSize }, batch);
    const { plan } = program;
    program.dispose();
    model.dispose();
    if (plan === undefined) return;
    const { plannedBytes: stepBytes, recomputes, inOrder, calls, fallbacks } = plan;
    const { bytes, largestBatch } = memoryNeed(footprint, plan, stateBytes, batch);
    memory = { bytes, stepBytes, stateBytes, largestBatch, recomputes, inOrder, calls, fallbacks };
  };
  engine.run(() => tidy(plan));
  return memory;
}

/** Bytes of weights, moving statistics, optimizer slots and averages. */
export function bytesOfState(
  net: Blueprint,
  { optimizer, ema }: Pick<TrainConfig, 'optimizer' | 'ema'>,
): number {
  const { parameters, nonTrainable } = net.total();
  const slots = optimizer.name === 'sgd' ? 1 : 2;
  const averages = ema === null ? 0 : parameters + nonTrainable;
  return 4 * (parameters * (1 + slots) + nonTrainable + averages);
}
