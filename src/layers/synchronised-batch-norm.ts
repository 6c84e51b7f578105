import { AllReduceMean, AllReduceMoments } from '../engine/kernels/all-reduce.js';
import {
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  type BatchNormAttrs,
} from '../engine/kernels/batch-norm.js';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { swish } from '../engine/kernels/activations/swish.js';
import {
  add,
  customGrad,
  keep,
  mul,
  relu,
  scalar,
  sqrt,
  div,
  sub,
  type Tensor,
  type Tensor1D,
} from '../engine/tf.js';

interface Inputs {
  readonly x: Tensor;
  readonly scale: Tensor1D;
  readonly offset: Tensor1D;
}

/**
 * Batch normalisation in training by the statistics of all workers' images (Zhang et al. 2018, “Context Encoding for
 * Semantic Segmentation”, section 3): each takes its own, all become one, and in the backward pass so do the sums that the
 * gradient goes by. `x` [..., C], `scale`, `offset` [C] → `y` like x, `mean`, `unbiased` variance of all [C].
 */
export function synchronisedBatchNorm(
  inputs: Inputs,
  { epsilon, activation }: BatchNormAttrs,
): { readonly y: Tensor; readonly mean: Tensor; readonly unbiased: Tensor } {
  const attrs = { epsilon, activation: 'none' } as const;
  let statistics: Pick<ReturnType<typeof reduced>, 'mean' | 'unbiased'> | undefined;
  const normalise = customGrad((...given) => {
    const [x, scale, offset, save] = given as unknown as [Tensor, Tensor1D, Tensor1D, Save];
    const { mean, variance, unbiased } = reduced({ x, scale, offset }, attrs);
    statistics = { mean: keep(mean.clone()), unbiased: keep(unbiased.clone()) };
    save([x, scale, offset, mean, variance]);
    return {
      value: callKernel(BatchNormInference, { x, scale, offset, mean, variance }, attrs),
      gradFunc: (dy: Tensor, kept: Tensor[]) => {
        const [x, scale, offset, mean, variance] = kept as [Tensor, ...Tensor1D[]];
        return gradientOf(dy, { x, scale: scale!, offset: offset!, mean: mean!, variance: variance! }, attrs);
      },
    };
  });
  const z = normalise(inputs.x, inputs.scale, inputs.offset);
  const [mean, unbiased] = [statistics!.mean, statistics!.unbiased].map((kept) => {
    const handed = kept.clone();
    kept.dispose();
    return handed;
  });
  return { y: activate(activation, z), mean: mean!, unbiased: unbiased! };
}

// --- internal ---

type Save = (tensors: Tensor[]) => void;
type Attrs = BatchNormAttrs & { readonly activation: 'none' };

/** Values of a channel here. */
const placesOf = (x: Tensor, channels: Tensor1D): number => x.size / channels.size;

function reduced(inputs: Inputs, attrs: Attrs) {
  const own = callKernel(BatchNormTraining, inputs, attrs);
  const places = placesOf(inputs.x, inputs.scale);
  return callKernel(AllReduceMoments, { mean: own.mean, variance: own.variance }, { places });
}

/**
 * The loss of a worker is the mean over its own images, and the gradients of workers become a mean that weighs them by
 * their images. With that the formula of one worker holds, its two sums Σdz and Σdz·x̂ replaced by their weighted means
 * over all; so what is missing to the gradient of this worker's images alone is s/√(v + ε)·((o − ō) + x̂·(g − ḡ))/n, which
 * is a normalisation with another scale and offset.
 */
function gradientOf(
  dy: Tensor,
  kept: Inputs & { readonly mean: Tensor1D; readonly variance: Tensor1D },
  attrs: Attrs,
): Tensor[] {
  const { x, scale, mean, variance } = kept;
  const { dx, dScale, dOffset } = callKernel(BatchNormTrainingGrad, { dy, ...kept }, attrs);
  const places = placesOf(x, scale);
  const all = callKernel(AllReduceMean, { a: dScale, b: dOffset }, { places });
  const factor = div(scale, mul(sqrt(add(variance, scalar(attrs.epsilon))), scalar(places)));
  const rest = callKernel(
    BatchNormInference,
    {
      ...{ x, mean, variance },
      scale: mul(factor, sub(dScale, all.a)),
      offset: mul(factor, sub(dOffset, all.b)),
    },
    attrs,
  );
  return [add(dx, rest), dScale, dOffset];
}

function activate(activation: BatchNormAttrs['activation'], z: Tensor): Tensor {
  if (activation === 'relu') return relu(z);
  return activation === 'swish' ? swish(z) : z;
}
