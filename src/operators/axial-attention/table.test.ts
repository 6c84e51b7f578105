import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  expectGradients,
  openReference,
  uniformTensor,
  valuesOf,
} from '../../engine/testing.js';
import { variable, type Tensor2D } from '../../engine/tf.js';
import { byTwoPlaces, centred } from './table.js';

beforeAll(openReference);

describe('a table of relative positions', () => {
  it.each([1, 2, 3, 6])('stands by two places where their difference says: %i places', (length) => {
    const table = uniformTensor<Tensor2D>([2 * length - 1, 3], 1);
    const values = valuesOf(table);
    const expected: number[] = [];
    for (let i = 0; i < length; i++)
      for (let j = 0; j < length; j++)
        for (let c = 0; c < 3; c++) expected.push(values[(i - j + length - 1) * 3 + c]);
    const matrix = byTwoPlaces(table);
    expect(matrix.shape).toEqual([length, length, 3]);
    expectClose(valuesOf(matrix), expected, 0);
  });

  it('is cut to the offsets that occur, and zero beyond its own', () => {
    const table = uniformTensor<Tensor2D>([5, 2], 1);
    const values = valuesOf(table);
    expect(valuesOf(centred(table, 1))).toEqual(values.slice(2, 8));
    expect(valuesOf(centred(table, 2))).toEqual(values);
    expect(valuesOf(centred(table, 4))).toEqual([0, 0, 0, 0, ...values, 0, 0, 0, 0]);
  });

  it('has the gradients of what it computes', () => {
    const table = variable(uniformTensor<Tensor2D>([9, 2], 1));
    for (const reach of [1, 4, 6])
      expectGradients(() => byTwoPlaces(centred(table as Tensor2D, reach)), { table });
  });
});
