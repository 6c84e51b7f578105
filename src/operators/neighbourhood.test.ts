import { beforeAll, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { variable, type Rank, type Tensor4D } from '../engine/tf.js';
import { divisorsNear, neighbourhoodDifference } from './neighbourhood.js';
import { byHand, image } from '../layers/testing.js';

beforeAll(openReference);

const window = { kernelSize: 3, groups: 2, stride: 2, dilation: 1 };

it('the difference of scalars is taken within the map, and zero beyond it', () => {
  const [query, key] = [image([2, 2, 3, 2], 1), image([2, 4, 5, 2], 2)];
  const y = neighbourhoodDifference(query.tensor as Tensor4D, key.tensor as Tensor4D, window);
  const expected = byHand([2, 2, 3, 18], (b, i, j, at) => {
    const [group, tap] = [Math.floor(at / 9), at % 9];
    const [row, column] = [2 * i + Math.floor(tap / 3) - 1, 2 * j + (tap % 3) - 1];
    const isInside = row >= 0 && row < 4 && column >= 0 && column < 5;
    return isInside ? query.at(b, i, j, group) - key.at(b, row, column, group) : 0;
  });
  expectClose(valuesOf(y), expected);
});

it('the difference has its gradients', () => {
  const query = variable(uniformTensor<Tensor4D>([1, 2, 3, 2], 1)) as ReturnType<typeof variable<Rank.R4>>;
  const key = variable(uniformTensor<Tensor4D>([1, 4, 5, 2], 2)) as ReturnType<typeof variable<Rank.R4>>;
  expectGradients(() => neighbourhoodDifference(query, key, window), { query, key });
});

it('names the divisors that come nearest', () => {
  expect(divisorsNear(96, 7)).toBe('3, 4, 6, 8');
  expect(divisorsNear(7, 4)).toBe('1, 7');
});
