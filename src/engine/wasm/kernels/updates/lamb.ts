import { util } from '../../../tf-core.js';
import { LambUpdate } from '../../../kernels/updates/lamb.js';
import { itemsOf, wasmKernel } from '../kernel.js';

export const lambUpdate = wasmKernel(
  LambUpdate,
  (backend, inputs, { beta1, beta2, epsilon, weightDecay, decoupled, adapts, clips }) => {
    const { routines } = backend;
    const { shape } = inputs.parameter;
    const count = util.sizeFromShape(shape);
    const items = itemsOf(count);
    const at = (name: keyof typeof inputs): number => backend.pointer(inputs[name]);
    const [newParameter, newFirst, newSecond] = [0, 1, 2].map(() => backend.output(shape));
    // The step, and the sums of squares of it and of the parameter.
    backend.scratch(items * 4, (parameterSums) =>
      backend.scratch(items * 4, (stepSums) =>
        backend.scratch(count * 4, (step) => {
          const [parameter, size] = [at('parameter'), { items, count }];
          routines.lambMoments({
            ...{ ...size, parameter, gradient: at('gradient'), step },
            ...{ firstMoment: at('firstMoment'), secondMoment: at('secondMoment') },
            ...{ beta1Power: at('beta1Power'), beta2Power: at('beta2Power') },
            ...{ newFirstMoment: backend.pointer(newFirst), newSecondMoment: backend.pointer(newSecond) },
            ...{ beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2, epsilon },
            inGradient: decoupled ? 0 : weightDecay,
          });
          routines.squareSums({ ...size, from: parameter, to: parameterSums });
          routines.squareSums({ ...size, from: step, to: stepSums });
          routines.lambStep({
            ...{ ...size, parameter, step, parameterSums, stepSums, pieces: items },
            ...{ learningRate: at('learningRate'), newParameter: backend.pointer(newParameter) },
            ...{ adapts: Number(adapts), clips: Number(clips), apart: decoupled ? weightDecay : 0 },
          });
        }),
      ),
    );
    return [newParameter, newFirst, newSecond];
  },
);
