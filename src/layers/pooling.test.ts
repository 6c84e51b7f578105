import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { avgPool, ones, variable, type Rank, type Tensor4D } from '../engine/tf.js';
import { AdaptiveAveragePooling, averagePool, AveragePooling, GlobalAveragePooling } from './pooling.js';
import {
  buildLayer,
  byHand,
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
    [2, 2, 4, 6],
    [2, 2, 5, 4],
    [2, 2, 3, 7],
    [3, 3, 4, 5],
    [3, 3, 7, 2],
    [3, 1, 5, 4],
    [3, 2, 6, 5],
    [5, 1, 3, 4],
    [2, 3, 6, 8],
    [1, 2, 5, 4],
  ])(
    'with windows of %i at stride %i on %i×%i is SAME pooling, and its gradient is right at the border too',
    (size, stride, h, w) => {
      const x = uniformTensor<Tensor4D>([2, h, w, 2], 1);
      const expected = avgPool(x, size, stride, 'same');
      const y = averagePool(x, size, stride);
      expect(y.shape).toEqual(expected.shape);
      expectClose(valuesOf(y), valuesOf(expected));
      const trained = variable<Rank.R4>(x);
      expectGradients(() => averagePool(trained, size, stride), { x: trained });
    },
  );
});

describe('AveragePooling', () => {
  const layer = (): AveragePooling =>
    buildLayer(new AveragePooling({ name: 'pool', size: 3, stride: 1 }), [[4, 5, 2]]);

  it('counts what lies inside the image alone', () => {
    const y = call(layer(), ones([1, 4, 5, 2]));
    expectClose(valuesOf(y), new Array<number>(40).fill(1));
    const x = image([2, 4, 5, 2]);
    const expected = byHand([2, 4, 5, 2], (b, i, j, c) => {
      let [sum, count] = [0, 0];
      for (let y = Math.max(0, i - 1); y <= Math.min(3, i + 1); y++)
        for (let v = Math.max(0, j - 1); v <= Math.min(4, j + 1); v++) {
          sum += x.at(b, y, v, c);
          count++;
        }
      return sum / count;
    });
    expectClose(valuesOf(call(layer(), x.tensor)), expected);
  });

  it('has the gradient of what it computes, costs one a value, and comes back from its config', () => {
    expectLayerGradients(layer(), [[4, 5, 2]]);
    expectCost(layer(), [[4, 5, 2]], { macsElementwise: 40, innerActivations: 0 });
    expectSameFromConfig(layer(), [[4, 5, 2]]);
    const halving = new AveragePooling({ name: 'pool', size: 3, stride: 2 });
    expect(halving.inferShape([[null, 5, 4, 2]])).toEqual([null, 3, 2, 2]);
  });
});

describe('AdaptiveAveragePooling', () => {
  const layer = (bins: number): AdaptiveAveragePooling =>
    buildLayer(new AdaptiveAveragePooling({ name: 'pool', bins }), [[5, 4, 2]]);

  it.each([1, 2, 3, 6])('into %i bins a side is the mean of what each stands for', (bins) => {
    const x = image([2, 5, 4, 2]);
    const ends = (i: number, length: number): [number, number] => [
      Math.floor((i * length) / bins),
      Math.ceil(((i + 1) * length) / bins),
    ];
    const expected = byHand([2, bins, bins, 2], (b, i, j, c) => {
      const [[top, bottom], [left, right]] = [ends(i, 5), ends(j, 4)];
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let v = left; v < right; v++) sum += x.at(b, y, v, c);
      return sum / ((bottom - top) * (right - left));
    });
    const y = call(layer(bins), x.tensor);
    expect(y.shape).toEqual([2, bins, bins, 2]);
    expectClose(valuesOf(y), expected);
  });

  it('has the gradient of what it computes, costs one a value, and comes back from its config', () => {
    expectLayerGradients(layer(3), [[5, 4, 2]]);
    expectCost(layer(3), [[5, 4, 2]], { macsElementwise: 40, innerActivations: 0 });
    expectSameFromConfig(layer(3), [[5, 4, 2]]);
  });
});
