import { describe, expect, it } from 'vitest';
import { samples } from '../../../kernels/updates/sgd.testing.js';
import { NO_TENSORFLOW } from '../../testing.js';
import { openTestKernels, runTensorflowKernel, type TestKernels } from '../testing.js';

const { customOps, why }: Pick<TestKernels, 'customOps' | 'why'> = NO_TENSORFLOW
  ? { customOps: null, why: NO_TENSORFLOW }
  : await openTestKernels();

describe.skipIf(customOps === null)(`a step of SGD in one pass${customOps ? '' : ` (${why})`}`, () => {
  it.each(samples.map((each) => [JSON.stringify([each.inputs.parameter.shape, each.attrs]), each] as const))(
    'has the bits of TensorFlow’s operations: %s',
    (_, { kernel, inputs, attrs }) => {
      const [ours, stock] = [customOps!.names, new Set<string>()].map((names) =>
        runTensorflowKernel(kernel.name, inputs, attrs, { onGpu: false, customOps: names }),
      );
      for (const [i, { values }] of stock.entries()) expect(ours[i].values).toEqual(values);
    },
  );
});
