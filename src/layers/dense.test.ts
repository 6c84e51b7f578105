import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { tensor2d } from '../engine/tf.js';
import { Dense } from './dense.js';
import {
  buildLayer,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  setWeight,
  weightsOf,
} from './testing.js';

beforeAll(openReference);

const make = (units: number, channels: number): Dense =>
  buildLayer(new Dense({ name: 'classifier', units }), [[channels]]);

describe('Dense', () => {
  it('is a matrix product and a bias', () => {
    const layer = make(2, 3);
    setWeight(layer, 'kernel', [1, 2, 3, 4, 5, 6]);
    setWeight(layer, 'bias', [0.5, -0.5]);
    const y = call(layer, tensor2d([1, 0, -1, 2, 1, 0], [2, 3]));
    expect(y.shape).toEqual([2, 2]);
    expectClose(valuesOf(y), [1 - 5 + 0.5, 2 - 6 - 0.5, 2 + 3 + 0.5, 4 + 4 - 0.5], 0);
  });

  it('has the gradients of what it computes', () => {
    expectLayerGradients(make(3, 4), [[4]]);
  });

  it('costs what it does', () => {
    expectCost(make(7, 5), [[5]], { macsElementwise: 7, innerActivations: 0 });
  });

  it('starts uniform in ±1/√C, the bias at zero', () => {
    const { kernel, bias } = weightsOf(make(50, 100));
    const values = valuesOf(kernel);
    const largest = Math.max(...values.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(0.1);
    expect(largest).toBeGreaterThan(0.0995);
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(variance / (0.01 / 3)).toBeCloseTo(1, 1);
    expect(new Set(valuesOf(bias))).toEqual(new Set([0]));
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make(7, 5), [[5]]);
  });
});
