import { callKernel } from '../engine/kernels/call-kernel.js';
import { SoftmaxCrossEntropy } from '../engine/kernels/softmax-cross-entropy.js';
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
  type Tensor2D,
  type Tensor4D,
} from '../engine/tf.js';
import type { Optimizer } from './optimizer.js';
import type { Parameter } from './parameters.js';

/** All that a train step depends on beside the state: a step is a pure function of these. */
export interface StepInputs {
  /** [B,H,W,3], normalised. */
  readonly images: Tensor4D;
  /** [B,N], rows sum to 1. */
  readonly labels: Tensor2D;
  readonly learningRate: Scalar;
  /** int32. */
  readonly seed: Scalar;
}

/** What a step computed on the batch, before the parameters changed. */
export interface StepOutputs {
  readonly logits: Float32Array;
  /** Cross-entropy of each image. */
  readonly losses: Float32Array;
}

/** What the first half of a step leaves to the second. The tensors belong to the scope of the caller. */
export interface StepGradients {
  readonly logits: Tensor2D;
  readonly losses: Tensor1D;
  /** By parameter name. */
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/** Forward and backward: the first half of a step. Moving statistics change, parameters do not. */
export function computeGradients(
  model: LayersModel,
  parameters: readonly Parameter[],
  { images, labels, seed }: Omit<StepInputs, 'learningRate'>,
): StepGradients {
  let logits: Tensor2D | undefined;
  let losses: Tensor1D | undefined;
  const { value, grads } = variableGrads(
    () => {
      logits = keep(model.apply(images, { training: true, seed }) as Tensor2D);
      losses = keep(callKernel(SoftmaxCrossEntropy, { logits, labels }).loss);
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
  return { logits: handOver(logits!), losses: handOver(losses!), gradients };
}

/** Clipping and update: the second half of a step. */
export function applyGradients(
  optimizer: Optimizer,
  gradients: ReadonlyMap<string, Tensor>,
  learningRate: Scalar,
  clipNorm: number | null,
): void {
  optimizer.apply(clipNorm === null ? gradients : clipByNorm(gradients, clipNorm), learningRate);
}

/**
 * Forward, backward and update. When a loss is not finite the parameters stay as they were, so that the
 * layer at fault can be looked for.
 */
export function trainStep(
  model: LayersModel,
  parameters: readonly Parameter[],
  optimizer: Optimizer,
  inputs: StepInputs,
  clipNorm: number | null,
): StepOutputs {
  return tidy(() => {
    const { logits, losses, gradients } = computeGradients(model, parameters, inputs);
    const outputs = { logits: read(logits), losses: read(losses) };
    if (isFinite(outputs)) applyGradients(optimizer, gradients, inputs.learningRate, clipNorm);
    return outputs;
  });
}

/** Whether the loss of every image is a number. */
export function isFinite({ losses }: StepOutputs): boolean {
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
