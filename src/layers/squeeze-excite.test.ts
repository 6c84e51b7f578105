import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  expectGolden,
  openReference,
  pattern,
  patternTensor,
  uniformTensor,
  valuesOf,
} from '../engine/testing.js';
import { SqueezeExcite } from './squeeze-excite.js';
import golden from './squeeze-excite.golden.json' with { type: 'json' };
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

const shape = [3, 4, 6];
const make = (): SqueezeExcite => buildLayer(new SqueezeExcite({ name: 'se', squeezed: 2 }), [shape]);

describe('SqueezeExcite', () => {
  it('is that of numpy (see `about` in the golden file)', () => {
    const layer = make();
    setWeight(
      layer,
      'reduce_kernel',
      pattern([12], 2).map((value) => value / 4),
    );
    setWeight(layer, 'reduce_bias', pattern([2], 3));
    setWeight(layer, 'expand_kernel', pattern([12], 4));
    setWeight(layer, 'expand_bias', pattern([6], 5));
    const x = patternTensor([2, ...shape], 1);
    for (const training of [false, true]) expectGolden(call(layer, x, { training }), golden.y, 1e-5);
  });

  it('halves everything when its weights are zero', () => {
    const layer = make();
    for (const [name, { size }] of Object.entries(weightsOf(layer)))
      setWeight(layer, name, new Float32Array(size));
    const x = uniformTensor([2, ...shape], 1);
    expectClose(
      valuesOf(call(layer, x)),
      valuesOf(x).map((value) => value / 2),
    );
  });

  it('keeps a channel or shuts it off by its bias', () => {
    const layer = make();
    setWeight(layer, 'expand_kernel', new Float32Array(12));
    setWeight(layer, 'expand_bias', [100, -100, 100, -100, 100, -100]);
    const x = uniformTensor([2, ...shape], 2);
    expectClose(
      valuesOf(call(layer, x)),
      valuesOf(x).map((value, i) => (i % 2 ? 0 : value)),
    );
  });

  it('has the gradients of what it computes', () => {
    expectLayerGradients(make(), [shape]);
  });

  it('costs two 1×1 convolutions; pooling, gate and activations are element-wise', () => {
    expectCost(make(), [shape], { macsElementwise: 72 + 72 + 2 * (2 + 6), innerActivations: 3 * 6 + 2 * 2 });
    expect(make().cost([[null, ...shape]]).macs).toBe(24);
  });

  it('has the weights it names, and comes back from its config', () => {
    const weights = Object.entries(weightsOf(make())).map(([name, weight]) => [name, weight.shape]);
    expect(weights).toEqual([
      ['reduce_kernel', [1, 1, 6, 2]],
      ['reduce_bias', [2]],
      ['expand_kernel', [1, 1, 2, 6]],
      ['expand_bias', [6]],
    ]);
    expectSameFromConfig(make(), [shape]);
  });
});
