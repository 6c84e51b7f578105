import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../testing.js';
import * as tf from '../tf.js';
import { MapResize } from './map-resize.js';
import { callKernel } from './call-kernel.js';

beforeAll(openReference);

describe('bilinear resizing', () => {
  // torch.nn.functional.interpolate(x, size, mode='bilinear', align_corners=False), PyTorch's documented rule.
  it('has half-pixel centres, and repeats the border', () => {
    const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const y = callKernel(MapResize, { x }, { height: 4, width: 4, rule: 'bilinear' });
    expectClose(
      valuesOf(y),
      [...[1, 1.25, 1.75, 2], ...[1.5, 1.75, 2.25, 2.5], ...[2.5, 2.75, 3.25, 3.5], ...[3, 3.25, 3.75, 4]],
      1e-6,
    );
  });

  it('takes single places where an axis gets shorter: no low pass', () => {
    const x = tf.tensor4d([0, 1, 2, 3, 4, 5], [1, 1, 6, 1]);
    expectClose(
      valuesOf(callKernel(MapResize, { x }, { height: 1, width: 2, rule: 'bilinear' })),
      [1, 4],
      1e-6,
    );
  });

  it('keeps a map of the same size as it is', () => {
    const x = uniformTensor([2, 3, 4, 2], 1) as tf.Tensor4D;
    expect(valuesOf(callKernel(MapResize, { x }, { height: 3, width: 4, rule: 'bilinear' }))).toEqual(
      valuesOf(x),
    );
  });

  it.each([
    [[2, 3, 2, 2], 6, 4],
    [[1, 3, 4, 2], 5, 7],
    [[1, 5, 4, 1], 2, 3],
  ] as const)('of %j to %i×%i has its gradient', (shape, height, width) => {
    const x = tf.variable<tf.Rank.R4>(uniformTensor(shape, 1));
    expectGradients(() => callKernel(MapResize, { x }, { height, width, rule: 'bilinear' }), { x });
  });
});

describe('the mean of what a place stands for', () => {
  const pooled = (values: number[], shape: [number, number, number, number], height: number, width: number) =>
    valuesOf(callKernel(MapResize, { x: tf.tensor4d(values, shape) }, { height, width, rule: 'mean' }));

  // torch.nn.functional.adaptive_avg_pool2d of 0 … n − 1, PyTorch 1.13.
  it.each([
    ['all of it', [4, 6], [1, 1], [11.5]],
    ['bins side by side', [4, 6], [2, 3], [3.5, 5.5, 7.5, 15.5, 17.5, 19.5]],
    ['bins that share places', [5, 4], [2, 3], [4.5, 5.5, 6.5, 12.5, 13.5, 14.5]],
    [
      'more bins than places',
      [2, 3],
      [3, 6],
      [0, 0, 1, 1, 2, 2, 1.5, 1.5, 2.5, 2.5, 3.5, 3.5, 3, 3, 4, 4, 5, 5],
    ],
  ] as const)('%s', (_, [rows, columns], [height, width], expected) => {
    const values = Array.from({ length: rows * columns }, (_, i) => i);
    expectClose(pooled(values, [1, rows, columns, 1], height, width), [...expected], 1e-5);
  });

  it.each([
    [[2, 3, 4, 2], 1, 1],
    [[1, 5, 7, 2], 2, 3],
    [[2, 2, 3, 1], 6, 6],
  ] as const)('of %j to %i×%i has its gradient', (shape, height, width) => {
    const x = tf.variable<tf.Rank.R4>(uniformTensor(shape, 1));
    expectGradients(() => callKernel(MapResize, { x }, { height, width, rule: 'mean' }), { x });
  });
});
