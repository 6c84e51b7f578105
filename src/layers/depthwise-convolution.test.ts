import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { ones } from '../engine/tf.js';
import { DepthwiseConvolution } from './depthwise-convolution.js';
import {
  buildLayer,
  byHand,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  image,
  setWeight,
  weightsOf,
} from './testing.js';

beforeAll(openReference);

const make = (kernelSize: number, stride = 1): DepthwiseConvolution =>
  new DepthwiseConvolution({ name: 'depthwise', kernelSize, stride });

describe('DepthwiseConvolution', () => {
  it.each([
    [1, [7, 6], [7, 6]],
    [2, [7, 6], [4, 3]],
  ])('stride %i turns %j into %j', (stride, [height, width], expected) => {
    const layer = make(5, stride);
    expect(layer.inferShape([[null, height, width, 4]])).toEqual([null, ...expected, 4]);
    expect(call(buildLayer(layer, [[height, width, 4]]), ones([2, height, width, 4])).shape).toEqual([
      ...[2, ...expected],
      4,
    ]);
  });

  it('filters each channel by its own kernel', () => {
    const layer = buildLayer(make(3), [[4, 5, 2]]);
    const kernel = Array.from({ length: 18 }, (_, i) => (i - 8) / 4);
    setWeight(layer, 'kernel', kernel);
    const x = image([2, 4, 5, 2]);
    const expected = byHand([2, 4, 5, 2], (b, i, j, c) => {
      let sum = 0;
      for (let u = 0; u < 3; u++)
        for (let v = 0; v < 3; v++) sum += x.at(b, i + u - 1, j + v - 1, c) * kernel[(u * 3 + v) * 2 + c];
      return sum;
    });
    expectClose(valuesOf(call(layer, x.tensor)), expected);
  });

  it('pads as TensorFlow does', () => {
    const layer = buildLayer(make(3, 2), [[4, 4, 1]]);
    setWeight(layer, 'kernel', new Float32Array(9).fill(1));
    expect(valuesOf(call(layer, ones([1, 4, 4, 1])))).toEqual([9, 6, 6, 4]);
  });

  it('with a 1×1 kernel and stride 2 drops three pixels of four', () => {
    const layer = buildLayer(make(1, 2), [[4, 6, 2]]);
    setWeight(layer, 'kernel', [1, 2]);
    const x = image([1, 4, 6, 2]);
    const expected = byHand([1, 2, 3, 2], (b, i, j, c) => (c + 1) * x.at(b, 2 * i, 2 * j, c));
    expectClose(valuesOf(call(layer, x.tensor)), expected, 0);
  });

  it('has the gradients of what it computes', () => {
    expectLayerGradients(buildLayer(make(3), [[4, 5, 3]]), [[4, 5, 3]]);
    expectLayerGradients(buildLayer(make(5, 2), [[4, 5, 3]]), [[4, 5, 3]]);
    expectLayerGradients(buildLayer(make(1, 2), [[4, 5, 3]]), [[4, 5, 3]]);
  });

  it('costs what it does', () => {
    for (const [kernelSize, stride] of [
      [3, 1],
      [5, 2],
      [1, 2],
    ]) {
      const layer = buildLayer(make(kernelSize, stride), [[5, 4, 3]]);
      expectCost(layer, [[5, 4, 3]], { macsElementwise: 0, innerActivations: 0 });
    }
  });

  it('has one weight, and comes back from its config', () => {
    const layer = buildLayer(make(5, 2), [[5, 4, 3]]);
    expect(Object.entries(weightsOf(layer)).map(([name, { shape }]) => [name, shape])).toEqual([
      ['kernel', [5, 5, 3, 1]],
    ]);
    expectSameFromConfig(layer, [[5, 4, 3]]);
  });
});
