import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../testing.js';
import * as tf from '../tf.js';
import { BilinearResize } from './bilinear-resize.js';
import { callKernel } from './call-kernel.js';

beforeAll(openReference);

describe('bilinear resizing', () => {
  // torch.nn.functional.interpolate(x, size, mode='bilinear', align_corners=False), PyTorch's documented rule.
  it('has half-pixel centres, and repeats the border', () => {
    const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const y = callKernel(BilinearResize, { x }, { height: 4, width: 4 });
    expectClose(
      valuesOf(y),
      [...[1, 1.25, 1.75, 2], ...[1.5, 1.75, 2.25, 2.5], ...[2.5, 2.75, 3.25, 3.5], ...[3, 3.25, 3.75, 4]],
      1e-6,
    );
  });

  it('takes single places where an axis gets shorter: no low pass', () => {
    const x = tf.tensor4d([0, 1, 2, 3, 4, 5], [1, 1, 6, 1]);
    expectClose(valuesOf(callKernel(BilinearResize, { x }, { height: 1, width: 2 })), [1, 4], 1e-6);
  });

  it('keeps a map of the same size as it is', () => {
    const x = uniformTensor([2, 3, 4, 2], 1) as tf.Tensor4D;
    expect(valuesOf(callKernel(BilinearResize, { x }, { height: 3, width: 4 }))).toEqual(valuesOf(x));
  });

  it.each([
    [[2, 3, 2, 2], 6, 4],
    [[1, 3, 4, 2], 5, 7],
    [[1, 5, 4, 1], 2, 3],
  ] as const)('of %j to %i×%i has its gradient', (shape, height, width) => {
    const x = tf.variable<tf.Rank.R4>(uniformTensor(shape, 1));
    expectGradients(() => callKernel(BilinearResize, { x }, { height, width }), { x });
  });
});
