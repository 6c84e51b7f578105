import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { ones } from '../engine/tf.js';
import { Convolution, sameLength } from './convolution.js';
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

const make = (options: Partial<ConstructorParameters<typeof Convolution>[0]> = {}): Convolution =>
  new Convolution({ name: 'conv', filters: 5, kernelSize: 3, ...options });

describe('Convolution', () => {
  it.each([
    [1, [7, 6], [7, 6]],
    [2, [7, 6], [4, 3]],
    [2, [1, 2], [1, 1]],
    [3, [7, 6], [3, 2]],
  ])('stride %i turns %j into %j', (stride, [height, width], expected) => {
    const layer = make({ stride });
    expect(layer.inferShape([[null, height, width, 3]])).toEqual([null, ...expected, 5]);
    expect(call(buildLayer(layer, [[height, width, 3]]), ones([2, height, width, 3])).shape).toEqual([
      ...[2, ...expected],
      5,
    ]);
    expect(layer.inferShape([[null, null, null, 3]])).toEqual([null, null, null, 5]);
  });

  it('mixes the channels of each pixel when its kernel is 1×1', () => {
    const layer = buildLayer(make({ kernelSize: 1, filters: 2, useBias: true }), [[3, 4, 3]]);
    const kernel = [0.5, -1, 2, 0.25, -0.125, 3];
    setWeight(layer, 'kernel', kernel);
    setWeight(layer, 'bias', [10, 20]);
    const x = image([2, 3, 4, 3]);
    const expected = byHand(
      [2, 3, 4, 2],
      (b, i, j, f) =>
        (f + 1) * 10 + [0, 1, 2].reduce((sum, c) => sum + x.at(b, i, j, c) * kernel[c * 2 + f], 0),
    );
    expectClose(valuesOf(call(layer, x.tensor)), expected);
  });

  it('shifts the image when its kernel is a delta', () => {
    const layer = buildLayer(make({ filters: 1 }), [[4, 5, 1]]);
    const x = image([1, 4, 5, 1]);
    for (let tap = 0; tap < 9; tap++) {
      setWeight(
        layer,
        'kernel',
        Array.from({ length: 9 }, (_, i) => (i === tap ? 1 : 0)),
      );
      const expected = byHand([1, 4, 5, 1], (b, i, j, c) =>
        x.at(b, i + Math.floor(tap / 3) - 1, j + (tap % 3) - 1, c),
      );
      expectClose(valuesOf(call(layer, x.tensor)), expected, 0);
    }
  });

  it('pads as TensorFlow does: of an odd sum the larger half goes below and to the right', () => {
    const layer = buildLayer(make({ filters: 1, stride: 2 }), [[4, 4, 1]]);
    setWeight(layer, 'kernel', new Float32Array(9).fill(1));
    expect(valuesOf(call(layer, ones([1, 4, 4, 1])))).toEqual([9, 6, 6, 4]);
  });

  it('has the gradients of what it computes', () => {
    expectLayerGradients(buildLayer(make({ useBias: true }), [[4, 5, 2]]), [[4, 5, 2]]);
    expectLayerGradients(buildLayer(make({ stride: 2 }), [[4, 5, 2]]), [[4, 5, 2]]);
    expectLayerGradients(buildLayer(make({ stride: 2, kernelSize: 1 }), [[5, 4, 2]]), [[5, 4, 2]]);
  });

  it('costs what it does', () => {
    const none = { macsElementwise: 0, innerActivations: 0 };
    expectCost(buildLayer(make(), [[5, 4, 3]]), [[5, 4, 3]], none);
    expectCost(buildLayer(make({ stride: 2 }), [[5, 4, 3]]), [[5, 4, 3]], none);
    expectCost(buildLayer(make({ kernelSize: 1, stride: 2 }), [[5, 4, 3]]), [[5, 4, 3]], none);
    expectCost(buildLayer(make({ useBias: true }), [[5, 4, 3]]), [[5, 4, 3]], {
      ...none,
      macsElementwise: 5 * 4 * 5,
    });
  });

  it('has the weights it names, and comes back from its config', () => {
    const layer = buildLayer(make({ useBias: true, stride: 2 }), [[5, 4, 3]]);
    expect(Object.entries(weightsOf(layer)).map(([name, { shape }]) => [name, shape])).toEqual([
      ['kernel', [3, 3, 3, 5]],
      ['bias', [5]],
    ]);
    expect(Object.keys(weightsOf(buildLayer(make(), [[5, 4, 3]])))).toEqual(['kernel']);
    expectSameFromConfig(layer, [[5, 4, 3]]);
  });
});

it('sameLength rounds up, and leaves unknown what is unknown', () => {
  expect([sameLength(7, 2), sameLength(8, 2), sameLength(1, 4), sameLength(null, 2)]).toEqual([
    4,
    4,
    1,
    null,
  ]);
});
