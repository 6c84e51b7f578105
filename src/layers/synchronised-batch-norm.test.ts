import { beforeAll, describe, expect, it } from 'vitest';
import { BatchNormTraining } from '../engine/kernels/batch-norm.js';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { expectClose, openReference, uniform, valuesOf } from '../engine/testing.js';
import { grads, mul, tensor, tensor1d, type Tensor, type Tensor1D } from '../engine/tf.js';
import { synchronisedBatchNorm } from './synchronised-batch-norm.js';

beforeAll(openReference);

// What several workers come to is tested with real ones: src/cli/commands/train-synchronised.test.ts.
describe.each(['none', 'relu', 'swish'] as const)('of one worker alone, with activation %s', (activation) => {
  const attrs = { epsilon: 1e-3, activation };
  const shape = [3, 4, 2, 5];
  const given = () =>
    [
      tensor(uniform(shape, 1, -2, 4), shape),
      tensor1d(uniform([5], 2, 0.5, 2)),
      tensor1d(uniform([5], 3)),
    ] as const;

  it('is batch norm, the variance without bias', () => {
    const [x, scale, offset] = given();
    const expected = callKernel(BatchNormTraining, { x, scale, offset }, attrs);
    const { y, mean, unbiased } = synchronisedBatchNorm({ x, scale, offset }, attrs);
    expectClose(valuesOf(y), valuesOf(expected.y), 1e-5);
    expect(valuesOf(mean)).toEqual(valuesOf(expected.mean));
    expectClose(
      valuesOf(unbiased),
      valuesOf(expected.variance).map((value) => (value * 24) / 23),
      1e-6,
    );
  });

  it('has its gradients', () => {
    const weights = tensor(uniform(shape, 4), shape);
    const gradientsOf = (f: (x: Tensor, scale: Tensor1D, offset: Tensor1D) => Tensor): number[][] =>
      grads((x, scale, offset) => mul(f(x!, scale as Tensor1D, offset as Tensor1D), weights))([
        ...given(),
      ]).map((gradient) => [...valuesOf(gradient)]);
    const found = gradientsOf((x, scale, offset) => synchronisedBatchNorm({ x, scale, offset }, attrs).y);
    const expected = gradientsOf(
      (x, scale, offset) => callKernel(BatchNormTraining, { x, scale, offset }, attrs).y,
    );
    found.forEach((gradient, i) => expectClose(gradient, expected[i]!, 1e-5));
  });
});
