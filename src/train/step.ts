import { softmaxCrossEntropy } from '../engine/ops.js';
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
    let logits: Tensor | undefined;
    let losses: Tensor1D | undefined;
    const { value, grads } = variableGrads(
      () => {
        logits = keep(model.apply(inputs.images, { training: true, seed: inputs.seed }) as Tensor2D);
        losses = keep(softmaxCrossEntropy(logits as Tensor2D, inputs.labels));
        return mean(losses) as Scalar;
      },
      parameters.map(({ variable }) => variable),
    );
    const outputs = { logits: read(logits!), losses: read(losses!) };
    value.dispose();
    if (outputs.losses.every(Number.isFinite)) {
      const gradients = new Map<string, Tensor>();
      for (const { name, variable } of parameters) {
        const gradient = grads[variable.name] as Tensor | undefined;
        if (gradient) gradients.set(name, gradient);
      }
      optimizer.apply(clipNorm === null ? gradients : clipByNorm(gradients, clipNorm), inputs.learningRate);
    }
    return outputs;
  });
}

function read(tensor: Tensor): Float32Array {
  const values = Float32Array.from(tensor.dataSync<'float32'>());
  tensor.dispose();
  return values;
}

/** Scales all gradients by clipNorm / max(norm, clipNorm), norm over all of them (Pascanu et al. 2013). */
function clipByNorm(gradients: ReadonlyMap<string, Tensor>, clipNorm: number): ReadonlyMap<string, Tensor> {
  const squares = [...gradients.values()].map((gradient) => sum(square(gradient)));
  const norm = sqrt(squares.reduce((total, one) => add(total, one)));
  const factor = div(scalar(clipNorm), maximum(norm, scalar(clipNorm)));
  return new Map([...gradients].map(([name, gradient]) => [name, mul(gradient, factor)]));
}
