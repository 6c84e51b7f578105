import { beforeAll, describe, expect, it } from 'vitest';
import { normalCumulative } from '../engine/kernels/activations/normal.js';
import { expectClose, expectGradients, openReference, uniform, valuesOf } from '../engine/testing.js';
import { sum, tensor, tensor2d, variable, variableGrads } from '../engine/tf.js';
import { Activation, type ActivationName } from './activation.js';
import { buildLayer, call, expectCost, expectSameFromConfig } from './testing.js';

beforeAll(openReference);

const shape = [2, 3, 2];
const make = (activation: ActivationName, image: readonly number[] = shape): Activation =>
  buildLayer(new Activation({ name: 'act', activation }), [image]);

const DEFINITIONS: Readonly<Record<ActivationName, (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  elu: (x) => (x >= 0 ? x : Math.expm1(x)),
  swish: (x) => x / (1 + Math.exp(-x)),
  gelu: (x) => x * normalCumulative(x),
};
const activations = Object.keys(DEFINITIONS) as ActivationName[];

describe.each(activations)('Activation %s', (activation) => {
  it('is its definition, in training and in inference', () => {
    const x = tensor([...uniform([2, ...shape], 1, -4, 4), 0, -0, 30, -30], [2, 14]);
    for (const training of [false, true]) {
      const y = call(make(activation, [14]), x, { training });
      expectClose(valuesOf(y), valuesOf(x).map(DEFINITIONS[activation]));
    }
  });

  it('has the gradient of what it computes, on either side of 0', () => {
    // Off the kink: the check takes steps of up to 2⁻⁶.
    const away = [...uniform(shape, 2, 0.1, 3)].map((value, i) => (i % 2 ? value : -value));
    const x = variable(tensor(away, [1, ...shape]));
    expectGradients(() => call(make(activation), x), { x });
    const { grads } = variableGrads(() => sum(call(make(activation), x)), [x]);
    const slopes = valuesOf(grads[x.name]);
    if (activation === 'relu') expect(slopes).toEqual(away.map((value) => (value > 0 ? 1 : 0)));
    else expect(slopes.every((slope) => slope !== 0)).toBe(true);
  });

  it('costs one a value', () => {
    expectCost(make(activation), [shape], { macsElementwise: 12, innerActivations: 0 });
  });

  it('keeps the shape, and comes back from its config', () => {
    expect(make(activation).inferShape([[null, ...shape]])).toEqual([null, ...shape]);
    expectSameFromConfig(make(activation), [shape]);
  });

  it('lets a NaN through', () => {
    const y = call(make(activation, [2]), tensor2d([NaN, 1], [1, 2]));
    expect(valuesOf(y).map(Number.isNaN)).toEqual([true, false]);
  });
});
