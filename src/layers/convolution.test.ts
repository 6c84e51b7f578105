import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { ones } from '../engine/tf.js';
import { Convolution, sameLength, windowOf, type KernelInitialization, type Padding } from './convolution.js';
import { refusalOf } from '../util/refusal.testing.js';
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

describe('padding', () => {
  it.each<[Padding, number, number | [number, number], [number, number], [number, number]]>([
    ['symmetric', 1, 3, [7, 6], [7, 6]],
    ['symmetric', 2, 3, [7, 6], [4, 3]],
    ['symmetric', 2, 7, [8, 9], [4, 5]],
    ['symmetric', 2, 1, [5, 4], [3, 2]],
    ['symmetric', 1, [1, 7], [5, 4], [5, 4]],
    ['valid', 1, 3, [7, 6], [5, 4]],
    ['valid', 2, 3, [7, 6], [3, 2]],
    ['valid', 1, [1, 3], [7, 6], [7, 4]],
    ['same', 2, [3, 1], [7, 6], [4, 3]],
  ])('%s at stride %i, window %j: %j becomes %j', (padding, stride, kernelSize, [height, width], size) => {
    const layer = make({ padding, stride, kernelSize });
    expect(layer.inferShape([[null, height, width, 3]])).toEqual([null, ...size, 5]);
    expect(layer.inferShape([[null, null, null, 3]])).toEqual([null, null, null, 5]);
    const built = buildLayer(layer, [[height, width, 3]]);
    expect(call(built, ones([1, height, width, 3])).shape).toEqual([1, ...size, 5]);
  });

  it('symmetric has ⌊k/2⌋ zeros on every side, where SAME at stride 2 has fewer above and to the left', () => {
    const sums = (padding: Padding): number[] => {
      const layer = buildLayer(make({ filters: 1, stride: 2, padding }), [[4, 4, 1]]);
      setWeight(layer, 'kernel', new Float32Array(9).fill(1));
      return valuesOf(call(layer, ones([1, 4, 4, 1])));
    };
    expect(sums('symmetric')).toEqual([4, 6, 6, 9]);
    expect(sums('same')).toEqual([9, 6, 6, 4]);
    expect(sums('valid')).toEqual([9]);
  });

  it.each<[Padding, number | readonly [number, number], number]>([
    ['symmetric', 3, 2],
    ['symmetric', [1, 5], 1],
    ['valid', 3, 2],
    ['valid', [2, 3], 1],
    ['same', [1, 3], 1],
    ['same', [3, 1], 2],
  ])('%s with %j at stride %i: values by hand, gradients, cost, config', (padding, kernelSize, stride) => {
    const [rows, columns] = windowOf(kernelSize);
    const shape = [5, 6, 2];
    const layer = buildLayer(make({ padding, kernelSize, stride, filters: 3 }), [shape]);
    const kernel = valuesOf(weightsOf(layer).kernel);
    const [, height, width] = layer.inferShape([[null, ...shape]]) as number[];
    // TensorFlow's: what is missing, the smaller half before.
    const before = (length: number, out: number, size: number): number => {
      if (padding === 'same') return Math.floor(Math.max(0, (out - 1) * stride + size - length) / 2);
      return padding === 'symmetric' ? Math.floor(size / 2) : 0;
    };
    const [top, left] = [before(5, height, rows), before(6, width, columns)];
    const x = image([2, ...shape]);
    const expected = byHand([2, height, width, 3], (b, i, j, f) => {
      let sum = 0;
      for (let u = 0; u < rows; u++)
        for (let v = 0; v < columns; v++)
          for (let c = 0; c < 2; c++) {
            const weight = kernel[((u * columns + v) * 2 + c) * 3 + f];
            sum += weight * x.at(b, i * stride + u - top, j * stride + v - left, c);
          }
      return sum;
    });
    expectClose(valuesOf(call(layer, x.tensor)), expected);
    expectLayerGradients(layer, [shape]);
    expectCost(layer, [shape], { macsElementwise: 0, innerActivations: 0 });
    expectSameFromConfig(layer, [shape]);
  });

  it('refuses an image that the window does not fit into', () => {
    const refusal = refusalOf(() =>
      make({ padding: 'valid', kernelSize: [1, 7] }).inferShape([[null, 9, 6, 3]]),
    );
    expect(refusal).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: 'layer conv: a window of 1×7 does not fit into 9×6',
          where: 'model',
          try: 'a larger data.inputSize',
        },
      ],
    });
  });
});

describe('the start of a kernel', () => {
  const values = (options: { initialization?: KernelInitialization }): number[] => {
    const layer = buildLayer(make({ filters: 64, kernelSize: [3, 5], ...options }), [[6, 6, 32]], 1);
    return valuesOf(weightsOf(layer).kernel);
  };

  it('glorot-uniform is uniform in ±√(6 / (taps·C + taps·filters))', () => {
    const kernel = values({ initialization: 'glorot-uniform' });
    const limit = Math.sqrt(6 / (15 * 32 + 15 * 64));
    const largest = Math.max(...kernel.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.999 * limit);
    expect(deviation(kernel) / (limit / Math.sqrt(3))).toBeCloseTo(1, 1);
  });

  it('he-normal, the default, is normal with variance 2 / (taps·filters)', () => {
    const kernel = values({ initialization: 'he-normal' });
    expect(deviation(kernel) / Math.sqrt(2 / (15 * 64))).toBeCloseTo(1, 1);
    expect(Math.max(...kernel)).toBeGreaterThan(3 * deviation(kernel));
    expect(values({})).toEqual(kernel);
  });
});

function deviation(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
}

it('sameLength rounds up, and leaves unknown what is unknown', () => {
  expect([sameLength(7, 2), sameLength(8, 2), sameLength(1, 4), sameLength(null, 2)]).toEqual([
    4,
    4,
    1,
    null,
  ]);
});
