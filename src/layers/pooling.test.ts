import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { avgPool, variable, type Rank, type Tensor4D } from '../engine/tf.js';
import { averagePool, GlobalAveragePooling } from './pooling.js';
import {
  buildLayer,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  image,
} from './testing.js';

beforeAll(openReference);

const shape = [3, 4, 2];
const make = (): GlobalAveragePooling => buildLayer(new GlobalAveragePooling({ name: 'pool' }), [shape]);

describe('GlobalAveragePooling', () => {
  it('is the mean of each channel of each image', () => {
    const x = image([2, ...shape]);
    const expected: number[] = [];
    for (let b = 0; b < 2; b++)
      for (let c = 0; c < 2; c++) {
        let sum = 0;
        for (let i = 0; i < 12; i++) sum += x.at(b, Math.floor(i / 4), i % 4, c);
        expected.push(sum / 12);
      }
    const y = call(make(), x.tensor);
    expect(y.shape).toEqual([2, 2]);
    expectClose(valuesOf(y), expected);
    expect(make().inferShape([[null, 3, 4, 2]])).toEqual([null, 2]);
  });

  it('has the gradient of what it computes', () => {
    expectLayerGradients(make(), [shape]);
  });

  it('costs one addition a value', () => {
    expectCost(make(), [shape], { macsElementwise: 24, innerActivations: 0 });
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make(), [shape]);
  });
});

describe('averagePool', () => {
  it.each([
    [2, 4, 6],
    [2, 5, 4],
    [2, 3, 7],
    [3, 4, 5],
    [3, 7, 2],
  ])(
    'with windows of %i on %i×%i is SAME pooling, and its gradient is right at the border too',
    (size, h, w) => {
      const x = uniformTensor<Tensor4D>([2, h, w, 2], 1);
      const expected = avgPool(x, size, size, 'same');
      const y = averagePool(x, size);
      expect(y.shape).toEqual(expected.shape);
      expectClose(valuesOf(y), valuesOf(expected));
      const trained = variable<Rank.R4>(x);
      expectGradients(() => averagePool(trained, size), { x: trained });
    },
  );
});
