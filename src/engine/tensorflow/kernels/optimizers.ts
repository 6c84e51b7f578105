import type { TensorInfo } from '../../tf-core.js';
import {
  AdamUpdate,
  MovingAverageUpdate,
  RmsPropUpdate,
  SgdUpdate,
  type AdamUpdateAttrs,
  type MovingAverageUpdateAttrs,
  type RmsPropUpdateAttrs,
  type SgdUpdateAttrs,
} from '../../kernels.js';
import { attr } from '../attributes.js';
import { executeOp } from '../execute-op.js';
import { kernel, type KernelOptions, type TensorflowKernel } from './kernel.js';
import { add, asTensor, div, mul, number, sqrt, square, sub } from './stock.js';

type Named<Names extends string> = Readonly<Record<Names, TensorInfo>>;

/** One step of each optimizer by PyTorch's definitions (see `kernels.ts`). */
export function optimizerKernels({ customOps }: KernelOptions): TensorflowKernel[] {
  return [
    kernel<
      Named<
        | 'parameter'
        | 'gradient'
        | 'firstMoment'
        | 'secondMoment'
        | 'learningRate'
        | 'beta1Power'
        | 'beta2Power'
      >,
      AdamUpdateAttrs
    >(AdamUpdate, (inputs, { beta1, beta2, epsilon, weightDecay }) => {
      const { parameter, gradient, firstMoment, secondMoment, learningRate, beta1Power, beta2Power } = inputs;
      if (customOps.has('InvolveAdam')) {
        const attributes = {
          ...{ beta1: attr.float(beta1), beta2: attr.float(beta2), epsilon: attr.float(epsilon) },
          ...{ rest1: attr.float(1 - beta1), rest2: attr.float(1 - beta2) },
          weight_decay: attr.float(weightDecay),
        };
        const moments = [firstMoment, secondMoment];
        const all = [parameter, gradient, ...moments, learningRate, beta1Power, beta2Power];
        return executeOp('InvolveAdam', attributes, all, 3);
      }
      const first = average(firstMoment, gradient, beta1);
      const second = average(secondMoment, square(gradient), beta2);
      // What depends on scalars alone comes first: one pass fewer over the parameter.
      const rate = div(learningRate, sub(number(1), beta1Power));
      const root = sqrt(div(second, sub(number(1), beta2Power)));
      const step = div(mul(first, rate), add(root, number(epsilon)));
      return [sub(decayed(parameter, learningRate, weightDecay), step), first, second];
    }),

    kernel<Named<'parameter' | 'gradient' | 'velocity' | 'learningRate'>, SgdUpdateAttrs>(
      SgdUpdate,
      ({ parameter, gradient, velocity, learningRate }, { momentum, nesterov, weightDecay }) => {
        const speed = add(mul(velocity, number(momentum)), gradient);
        const step = nesterov ? add(gradient, mul(speed, number(momentum))) : speed;
        return [sub(decayed(parameter, learningRate, weightDecay), mul(step, learningRate)), speed];
      },
    ),

    kernel<Named<'parameter' | 'gradient' | 'meanSquare' | 'velocity' | 'learningRate'>, RmsPropUpdateAttrs>(
      RmsPropUpdate,
      (
        { parameter, gradient, meanSquare, velocity, learningRate },
        { decay, momentum, epsilon, weightDecay },
      ) => {
        const mean = average(meanSquare, square(gradient), decay);
        const step = div(gradient, add(sqrt(mean), number(epsilon)));
        const speed = add(mul(velocity, number(momentum)), step);
        return [sub(decayed(parameter, learningRate, weightDecay), mul(speed, learningRate)), mean, speed];
      },
    ),

    kernel<Named<'average' | 'value'>, MovingAverageUpdateAttrs>(MovingAverageUpdate, (inputs, { decay }) =>
      average(inputs.average, inputs.value, decay),
    ),
  ];
}

// --- internal ---

/** decay·old + (1 − decay)·value. */
function average(old: TensorInfo, value: TensorInfo, decay: number) {
  return add(mul(old, number(decay)), mul(value, number(1 - decay)));
}

/** θ(1 − lr·wd). */
function decayed(parameter: TensorInfo, learningRate: TensorInfo, weightDecay: number) {
  if (weightDecay === 0) return asTensor(parameter);
  return mul(parameter, sub(number(1), mul(learningRate, number(weightDecay))));
}
