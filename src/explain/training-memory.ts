import type { TrainConfig } from '../config/schema.js';
import { canReplay } from '../engine/record.js';
import { tidy } from '../engine/tf.js';
import type { Blueprint } from '../models/blueprint.js';
import { parametersOf } from '../train/parameters.js';
import { planGradients } from '../train/step-runner.js';

/** Measured: what a training process holds beside tensors (runtime, tf.js, kernels, batches being prepared). */
const PROCESS_BYTES = 140e6;

/** What a program of WebAssembly can address. */
const ENGINE_BYTES = 2 ** 32 - 2 ** 17;

/** Memory of training with batches of one size. */
export interface TrainingMemory {
  /** Of the whole process. */
  readonly bytes: number;
  /** Activations, gradients and scratch of a step, as planned. */
  readonly stepBytes: number;
  /** Weights, moving statistics, optimizer slots and averages. */
  readonly stateBytes: number;
  /** The largest batch, up to the one asked for, whose step fits into the engine's memory; 0: not one image. */
  readonly largestBatch: number;
  /** Whether some activations are computed twice because keeping them all would need more than there is. */
  readonly recomputes: boolean;
  /** Calls of kernels in a step's forward and backward pass. */
  readonly calls: number;
  /** How many of them, by operation, run on tf.js's CPU code because the engine has no kernel for them. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/**
 * Predicts the memory of training on the current engine: the step is recorded by its shapes and planned, as
 * training does it, with weights that are set aside and never filled. Undefined where the engine plans nothing.
 */
export function planTrainingMemory(
  net: Blueprint,
  { optimizer, ema }: Pick<TrainConfig, 'optimizer' | 'ema'>,
  {
    inputSize,
    classes,
    batch,
  }: { readonly inputSize: number; readonly classes: number; readonly batch: number },
): TrainingMemory | undefined {
  if (!canReplay()) return undefined;
  const { parameters, nonTrainable } = net.total();
  const slots = optimizer.name === 'sgd' ? 1 : 2;
  const averages = ema === null ? 0 : parameters + nonTrainable;
  const stateBytes = 4 * (parameters * (1 + slots) + nonTrainable + averages);
  let memory: TrainingMemory | undefined;
  tidy(() => {
    const model = net.build(null, 'planned');
    const program = planGradients({ model, parameters: parametersOf(model), inputSize, classes }, batch);
    const { plan } = program;
    program.dispose();
    model.dispose();
    if (plan === undefined) return;
    const { plannedBytes: stepBytes, recomputes, calls, fallbacks } = plan;
    // Nearly all of a step are activations, which are as many as there are images.
    const available = ENGINE_BYTES - stateBytes;
    const fits = stepBytes <= available ? batch : Math.floor((0.95 * batch * available) / stepBytes);
    const largestBatch = Math.max(0, fits);
    const bytes = PROCESS_BYTES + stepBytes + stateBytes;
    memory = { bytes, stepBytes, stateBytes, largestBatch, recomputes, calls, fallbacks };
  });
  return memory;
}
