import { beforeAll, describe, expect, it } from 'vitest';
import { callKernel } from '../../engine/kernels/call-kernel.js';
import { Involution, neighbourhoodProduct } from '../../engine/kernels/involution.js';
import {
  expectClose,
  expectGradients,
  openReference,
  uniformTensor,
  valuesOf,
} from '../../engine/testing.js';
import { mirrorPad, ones, variable, type Tensor4D } from '../../engine/tf.js';
import { foldTaps, largestReflected, mirrorTaps } from './reflection.js';

beforeAll(openReference);

/** What lies at [b, y, x, c] of the padded map, and the padded width. */
function padded(x: Tensor4D, reach: number) {
  const around: [number, number][] = [
    [0, 0],
    [reach, reach],
    [reach, reach],
    [0, 0],
  ];
  const map = mirrorPad(x, around, 'reflect');
  const values = valuesOf(map);
  const [, height, width, channels] = map.shape;
  return (b: number, i: number, j: number, c: number): number =>
    values[((b * height + i) * width + j) * channels + c];
}

describe.each([
  [3, 2, 2],
  [3, 5, 4],
  [5, 3, 7],
  [7, 4, 4],
  [7, 5, 9],
  [1, 2, 1],
])('K = %i on %i×%i', (kernelSize, height, width) => {
  const [batch, groups, share] = [2, 2, 3];
  const channels = groups * share;
  const taps = kernelSize ** 2;
  const attrs = { kernelSize, groups, stride: 1, dilation: 1 };
  const reach = (kernelSize - 1) / 2;

  it('a sum with folded weights is the sum over the reflected map', () => {
    const x = uniformTensor<Tensor4D>([batch, height, width, channels], 1);
    const weights = uniformTensor<Tensor4D>([batch, height, width, groups * taps], 2);
    const at = padded(x, reach);
    const w = valuesOf(weights);
    const expected: number[] = [];
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++)
          for (let c = 0; c < channels; c++) {
            let sum = 0;
            for (let t = 0; t < taps; t++) {
              const place = ((b * height + i) * width + j) * groups + Math.floor(c / share);
              sum += w[place * taps + t] * at(b, i + Math.floor(t / kernelSize), j + (t % kernelSize), c);
            }
            expected.push(sum);
          }
    expectClose(
      valuesOf(callKernel(Involution, { x, kernel: foldTaps(weights, kernelSize) }, attrs)),
      expected,
      1e-5,
    );
  });

  it('a mirrored neighbourhood is that of the reflected map', () => {
    const x = uniformTensor<Tensor4D>([batch, height, width, channels], 1);
    const at = padded(x, reach);
    const plain = neighbourhoodProduct(ones(x.shape), x, { ...attrs, groups: channels });
    const expected: number[] = [];
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++)
          for (let c = 0; c < channels; c++)
            for (let t = 0; t < taps; t++)
              expected.push(at(b, i + Math.floor(t / kernelSize), j + (t % kernelSize), c));
    expectClose(valuesOf(mirrorTaps(plain, kernelSize)), expected, 0);
  });

  it('both have the gradients of what they compute', () => {
    const weights = variable(uniformTensor<Tensor4D>([batch, height, width, groups * taps], 3));
    expectGradients(() => mirrorTaps(weights as Tensor4D, kernelSize), { weights });
    expectGradients(() => foldTaps(weights as Tensor4D, kernelSize), { weights });
    const x = uniformTensor<Tensor4D>([batch, height, width, channels], 4);
    expectGradients(
      () => callKernel(Involution, { x, kernel: foldTaps(weights as Tensor4D, kernelSize) }, attrs),
      { weights },
    );
    weights.dispose();
  });
});

it('knows the largest window that fits', () => {
  expect([1, 2, 4, 7].map(largestReflected)).toEqual([1, 3, 7, 13]);
});
