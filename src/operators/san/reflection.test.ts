import { beforeAll, describe, expect, it } from 'vitest';
import { expectGradients, openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import { variable, type Tensor4D } from '../../engine/tf.js';
import { largestReflected, reflected } from './reflection.js';

beforeAll(openReference);

/** The place that reflection shows at `place`, which counts from −reach on. */
function mirrored(place: number, length: number): number {
  const inside = Math.abs(place);
  return inside < length ? inside : 2 * (length - 1) - inside;
}

describe.each([
  [3, 2, 2],
  [3, 5, 4],
  [5, 3, 7],
  [7, 4, 4],
])('K = %i on %i×%i', (kernelSize, height, width) => {
  const [batch, channels] = [2, 3];
  const reach = (kernelSize - 1) / 2;

  it('shows what lies inside, the edge not repeated', () => {
    const x = uniformTensor<Tensor4D>([batch, height, width, channels], 1);
    const values = valuesOf(x);
    const expected: number[] = [];
    for (let b = 0; b < batch; b++)
      for (let i = -reach; i < height + reach; i++)
        for (let j = -reach; j < width + reach; j++)
          for (let c = 0; c < channels; c++) {
            const place = (b * height + mirrored(i, height)) * width + mirrored(j, width);
            expected.push(values[place * channels + c]);
          }
    const y = reflected(x, kernelSize);
    expect(y.shape).toEqual([batch, height + 2 * reach, width + 2 * reach, channels]);
    expect([...valuesOf(y)]).toEqual(expected);
  });

  it('has the gradients of what it computes', () => {
    const x = variable(uniformTensor<Tensor4D>([batch, height, width, channels], 2));
    expectGradients(() => reflected(x as Tensor4D, kernelSize), { x });
    x.dispose();
  });
});

it('is the map itself where a window is one place', () => {
  const x = uniformTensor<Tensor4D>([1, 2, 1, 3], 1);
  expect(reflected(x, 1)).toBe(x);
});

it('knows the largest window that fits', () => {
  expect([1, 2, 4, 7].map(largestReflected)).toEqual([1, 3, 7, 13]);
});
