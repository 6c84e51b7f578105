import { beforeAll, describe, expect, it } from 'vitest';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { SeededDropout } from '../engine/kernels/seeded-dropout.js';
import { openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { ones, scalar, type Tensor } from '../engine/tf.js';
import { hashString } from '../util/random.js';
import { Dropout } from './dropout.js';
import { buildLayer, call, expectCost, expectLayerGradients, expectSameFromConfig } from './testing.js';

beforeAll(openReference);

const shape = [4, 5, 3];
const make = ({ name = 'drop', rate = 0.5, perSample = false } = {}): Dropout =>
  buildLayer(new Dropout({ name, rate, perSample }), [shape]);
const x = (): Tensor => uniformTensor([4, ...shape], 1, 0.5, 1);
const train = (layer: Dropout, seed: number): number[] =>
  valuesOf(call(layer, x(), { training: true, seed }));

describe('Dropout', () => {
  it('does nothing in inference, and at rate 0', () => {
    expect(valuesOf(call(make(), x()))).toEqual(valuesOf(x()));
    expect(train(make({ rate: 0 }), 1)).toEqual(valuesOf(x()));
  });

  it.each([false, true])('draws from the seed of the step and its own name (perSample: %s)', (perSample) => {
    const attrs = { rate: 0.5, perSample, stream: hashString('stage2/drop') >>> 1 };
    const expected = valuesOf(callKernel(SeededDropout, { x: x(), seed: scalar(77, 'int32') }, attrs));
    expect(train(make({ name: 'stage2/drop', perSample }), 77)).toEqual(expected);
  });

  it('drops alike for the same seed, otherwise for another seed or layer', () => {
    const base = train(make(), 1);
    expect(train(make(), 1)).toEqual(base);
    expect(train(make(), 2)).not.toEqual(base);
    expect(train(make({ name: 'other' }), 1)).not.toEqual(base);
  });

  it('says when the seed is missing', () => {
    const layer = make();
    expect(() => layer.apply(ones([1, ...shape]), { training: true })).toThrow(
      "layer drop: training needs the step's seed",
    );
  });

  it('has the gradient of what it computes', () => {
    expectLayerGradients(make(), [shape]);
    expectLayerGradients(make({ perSample: true, rate: 0.3 }), [shape], { batch: 6 });
  });

  it('costs nothing', () => {
    expectCost(make(), [shape], { macsElementwise: 0, innerActivations: 0 });
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make({ rate: 0.25, perSample: true }), [shape]);
  });
});
