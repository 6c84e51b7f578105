import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniform, valuesOf } from '../engine/testing.js';
import { ones, sum, tensor, tensor4d, variable, variableGrads, type Tensor4D } from '../engine/tf.js';
import type { Padding } from './convolution.js';
import { MaxPooling, type MaxPoolingOptions } from './max-pooling.js';
import { refusalOf } from '../util/refusal.testing.js';
import { buildLayer, byHand, call, expectCost, expectSameFromConfig } from './testing.js';

beforeAll(openReference);

const make = (options: Partial<MaxPoolingOptions> = {}, image = [6, 5, 2]): MaxPooling =>
  buildLayer(new MaxPooling({ name: 'pool', size: 3, stride: 2, padding: 'symmetric', ...options }), [image]);
const gradientOf = (layer: MaxPooling, x: Tensor4D): number[] => {
  const variableX = variable(x);
  return valuesOf(variableGrads(() => sum(call(layer, variableX)), [variableX]).grads[variableX.name]);
};

/** Rows or columns of padding before the image, of 6 rows and 5 columns under windows of 3 at stride 2. */
const BEFORE: Readonly<Record<Padding, readonly [number, number]>> = {
  same: [0, 1],
  symmetric: [1, 1],
  valid: [0, 0],
};

describe('MaxPooling', () => {
  it.each<[Padding, number[]]>([
    ['same', [3, 3]],
    ['symmetric', [3, 3]],
    ['valid', [2, 2]],
  ])('%s: each value is the largest of its window inside the image', (padding, size) => {
    const layer = make({ padding });
    // All negative, so that a padding of zeros would win.
    const values = uniform([2, 6, 5, 2], 1, -3, -1);
    const [top, left] = BEFORE[padding];
    const expected = byHand([2, ...size, 2], (b, i, j, c) => {
      let largest = -Infinity;
      for (let u = 0; u < 3; u++)
        for (let v = 0; v < 3; v++) {
          const [y, x] = [2 * i + u - top, 2 * j + v - left];
          const isInside = y >= 0 && y < 6 && x >= 0 && x < 5;
          if (isInside) largest = Math.max(largest, values[((b * 6 + y) * 5 + x) * 2 + c]);
        }
      return largest;
    });
    const y = call(layer, tensor(values, [2, 6, 5, 2]));
    expect(y.shape).toEqual([2, ...size, 2]);
    expect(layer.inferShape([[null, 6, 5, 2]])).toEqual([null, ...size, 2]);
    expectClose(valuesOf(y), expected, 0);
  });

  it.each<[Padding]>([['same'], ['symmetric'], ['valid']])(
    '%s: has the gradient of what it computes',
    (padding) => {
      // A tenth between any two values: no step of the check changes which one is the largest.
      const values = Float32Array.from({ length: 120 }, (_, i) => ((i * 47) % 120) / 10);
      const x = variable(tensor(values, [2, 6, 5, 2]));
      expectGradients(() => call(make({ padding }), x), { x });
    },
  );

  it('of equal values the first in reading order takes the gradient, all of it', () => {
    const equal = ones([1, 6, 5, 1]) as Tensor4D;
    const layer = make({}, [6, 5, 1]);
    const expected = new Array<number>(30).fill(0);
    // Windows begin at −1, 1, 3; the first of their places inside the image wins.
    for (const y of [0, 1, 3]) for (const x of [0, 1, 3]) expected[y * 5 + x] = 1;
    expect(gradientOf(layer, equal)).toEqual(expected);
    expect(gradientOf(layer, equal)).toEqual(expected);
  });

  it('a value that wins in several windows takes the gradient of each', () => {
    const x = tensor4d([0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0], [1, 3, 5, 1]);
    const layer = make({ stride: 1, padding: 'valid' }, [3, 5, 1]);
    expect(gradientOf(layer, x)[7]).toBe(3);
  });

  it('costs one a value of its input', () => {
    expectCost(make(), [[6, 5, 2]], { macsElementwise: 60, innerActivations: 0 });
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make({ padding: 'valid' }), [[6, 5, 2]]);
  });

  it('refuses an image that its window does not fit into', () => {
    expect(refusalOf(() => make({ padding: 'valid' }).inferShape([[null, 2, 9, 4]]))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: 'layer pool: a window of 3×3 does not fit into 2×9',
          where: 'model',
          try: 'a larger data.inputSize',
        },
      ],
    });
  });
});
