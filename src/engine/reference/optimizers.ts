import {
  AdamUpdate,
  MovingAverageUpdate,
  RmsPropUpdate,
  SgdUpdate,
  type AdamUpdateAttrs,
  type MovingAverageUpdateAttrs,
  type RmsPropUpdateAttrs,
  type SgdUpdateAttrs,
} from '../kernels.js';
import { plainKernel } from './plain-kernel.js';

/** One step of each optimizer by PyTorch's definitions (see `kernels.ts`), in float64, stored as float32. */
export const optimizerKernels = [
  plainKernel<AdamUpdateAttrs>(AdamUpdate, ({ inputs, attrs, values, output }) => {
    const { beta1, beta2, epsilon, weightDecay } = attrs;
    const gradient = values('gradient');
    const rate = values('learningRate')[0];
    const correction1 = 1 - values('beta1Power')[0];
    const correction2 = 1 - values('beta2Power')[0];
    const parameter = Float32Array.from(values('parameter'));
    const first = Float32Array.from(values('firstMoment'));
    const second = Float32Array.from(values('secondMoment'));
    for (let i = 0; i < parameter.length; i++) {
      const g = gradient[i];
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      const step = first[i] / correction1 / (Math.sqrt(second[i] / correction2) + epsilon);
      parameter[i] = parameter[i] * (1 - rate * weightDecay) - rate * step;
    }
    const shape = inputs.parameter.shape;
    return [output(shape, parameter), output(shape, first), output(shape, second)];
  }),

  plainKernel<SgdUpdateAttrs>(SgdUpdate, ({ inputs, attrs, values, output }) => {
    const { momentum, nesterov, weightDecay } = attrs;
    const gradient = values('gradient');
    const rate = values('learningRate')[0];
    const parameter = Float32Array.from(values('parameter'));
    const velocity = Float32Array.from(values('velocity'));
    for (let i = 0; i < parameter.length; i++) {
      velocity[i] = momentum * velocity[i] + gradient[i];
      const step = nesterov ? gradient[i] + momentum * velocity[i] : velocity[i];
      parameter[i] = parameter[i] * (1 - rate * weightDecay) - rate * step;
    }
    return [output(inputs.parameter.shape, parameter), output(inputs.parameter.shape, velocity)];
  }),

  plainKernel<RmsPropUpdateAttrs>(RmsPropUpdate, ({ inputs, attrs, values, output }) => {
    const { decay, momentum, epsilon, weightDecay } = attrs;
    const gradient = values('gradient');
    const rate = values('learningRate')[0];
    const parameter = Float32Array.from(values('parameter'));
    const square = Float32Array.from(values('meanSquare'));
    const velocity = Float32Array.from(values('velocity'));
    for (let i = 0; i < parameter.length; i++) {
      const g = gradient[i];
      square[i] = decay * square[i] + (1 - decay) * g * g;
      velocity[i] = momentum * velocity[i] + g / (Math.sqrt(square[i]) + epsilon);
      parameter[i] = parameter[i] * (1 - rate * weightDecay) - rate * velocity[i];
    }
    const shape = inputs.parameter.shape;
    return [output(shape, parameter), output(shape, square), output(shape, velocity)];
  }),

  plainKernel<MovingAverageUpdateAttrs>(MovingAverageUpdate, ({ inputs, attrs, values, output }) => {
    const value = values('value');
    return output(
      inputs.average.shape,
      Float32Array.from(
        values('average'),
        (average, i) => attrs.decay * average + (1 - attrs.decay) * value[i],
      ),
    );
  }),
];
