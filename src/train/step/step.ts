import {
  add,
  div,
  keep,
  maximum,
  mean,
  mul,
  scalar,
  sqrt,
  sum,
  square,
  tidy,
  variableGrads,
  type LayersModel,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '../../engine/tf.js';
import type { Objective, StepOutputs } from '../../tasks/task.js';
import type { Optimizer } from '../optimizer.js';
import type { Parameter } from '../parameters.js';
import type { StepScalarTensors } from './scalars.js';

/** All that a train step depends on beside the state: a step is a pure function of these. */
export interface StepInputs extends StepScalarTensors {
  /** [B,H,W,3], normalised. */
  readonly images: Tensor4D;
  /** [B, …target.shape] of the task. */
  readonly targets: Tensor;
}

/** What a step works on, and towards what. */
export interface StepModel {
  readonly model: LayersModel;
  readonly parameters: readonly Parameter[];
  readonly task: Objective;
  /** Batch norm goes by the images of all workers. */
  readonly acrossWorkers?: boolean;
}

/** What the first half of a step leaves to the second. The tensors belong to the scope of the caller. */
export interface StepGradients {
  readonly outputs: Tensor;
  readonly losses: Tensor1D;
  /** By parameter name. */
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/** Forward and backward: the first half of a step. Moving statistics change, parameters do not. */
export function computeGradients(
  { model, parameters, task, acrossWorkers }: StepModel,
  { images, targets, seed, done }: Omit<StepInputs, 'learningRate'>,
): StepGradients {
  let outputs: Tensor | undefined;
  let losses: Tensor1D | undefined;
  const { value, grads } = variableGrads(
    () => {
      outputs = keep(model.apply(images, { training: true, seed, done, acrossWorkers }) as Tensor);
      losses = keep(task.losses(outputs, targets));
      return mean(losses) as Scalar;
    },
    parameters.map(({ variable }) => variable),
  );
  value.dispose();
  const gradients = new Map<string, Tensor>();
  for (const { name, variable } of parameters) {
    const gradient = grads[variable.name] as Tensor | undefined;
    if (gradient) gradients.set(name, gradient);
  }
  return { outputs: handOver(outputs!), losses: handOver(losses!), gradients };
}

/** What the update takes of the numbers that change from step to step. */
export type UpdateScalarTensors = Omit<StepScalarTensors, 'seed'>;

/** Clipping and update: the second half of a step. */
export function applyGradients(
  optimizer: Optimizer,
  gradients: ReadonlyMap<string, Tensor>,
  { learningRate, momentum, momentumRest, momentumPower }: UpdateScalarTensors,
  clipNorm: number | null,
): void {
  const clipped = clipNorm === null ? gradients : clipByNorm(gradients, clipNorm);
  const driven = momentum && { momentum, rest: momentumRest!, power: momentumPower! };
  optimizer.apply(clipped, learningRate, driven);
}

/**
 * Forward, backward and update. When a loss is not finite the parameters stay as they were, so that the
 * layer at fault can be looked for.
 */
export function trainStep(
  parts: StepModel & { readonly optimizer: Optimizer; readonly clipNorm: number | null },
  inputs: StepInputs,
): StepOutputs {
  return tidy(() => {
    const { outputs, losses, gradients } = computeGradients(parts, inputs);
    const result = { outputs: read(outputs), losses: read(losses) };
    if (isFinite(result)) applyGradients(parts.optimizer, gradients, inputs, parts.clipNorm);
    return result;
  });
}

/** Whether the loss of every image is a number. */
export function isFinite({ losses }: Pick<StepOutputs, 'losses'>): boolean {
  return losses.every(Number.isFinite);
}

/** A kept tensor in the hands of the current scope. */
function handOver<T extends Tensor>(kept: T): T {
  const handed = kept.clone() as T;
  kept.dispose();
  return handed;
}

function read(tensor: Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync<'float32'>());
}

/** Scales all gradients by clipNorm / max(norm, clipNorm), norm over all of them (Pascanu et al. 2013). */
function clipByNorm(gradients: ReadonlyMap<string, Tensor>, clipNorm: number): ReadonlyMap<string, Tensor> {
  const squares = [...gradients.values()].map((gradient) => sum(square(gradient)));
  const norm = sqrt(squares.reduce((total, one) => add(total, one)));
  const factor = div(scalar(clipNorm), maximum(norm, scalar(clipNorm)));
  return new Map([...gradients].map(([name, gradient]) => [name, mul(gradient, factor)]));
}
