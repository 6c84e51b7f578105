import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  expectGolden,
  openReference,
  pattern,
  patternTensor,
  uniformTensor,
  valuesOf,
} from '../../engine/testing.js';
import { tensor } from '../../engine/tf.js';
import { SqueezeExcite } from './layer.js';
import golden from './layer.golden.json' with { type: 'json' };
import {
  buildLayer,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  setWeight,
  weightsOf,
} from '../../layers/testing.js';

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

  it('in the original form, with ReLU, is that of an independent implementation', () => {
    // fill(φ): element t is sin(0.7 t + φ). Input and kernels there are laid out as [C,H,W] and [outputs,inputs].
    const fill = (count: number, phase: number): number[] =>
      Array.from({ length: count }, (_, t) => Math.sin(0.7 * t + phase));
    const transposed = (values: readonly number[], rows: number, columns: number): number[] =>
      Array.from({ length: rows * columns }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
    const layer = buildLayer(new SqueezeExcite({ name: 'se', squeezed: 4, activation: 'relu' }), [[5, 5, 8]]);
    setWeight(layer, 'reduce_kernel', transposed(fill(32, 0.2), 4, 8));
    setWeight(layer, 'expand_kernel', transposed(fill(32, 0.3), 8, 4));
    const x = tensor(transposed(fill(200, 0.1), 8, 25), [1, 5, 5, 8]);
    const y = transposed(valuesOf(call(layer, x)), 25, 8);
    const sum = y.reduce((total, value) => total + value, 0);
    const squares = y.reduce((total, value) => total + value ** 2, 0);
    expectClose([sum, squares, y[0], y[199]], [0.66934, 24.943634, 0.049917, 0.46036], 1e-5);
  });

  it('with ReLU has the gradients of what it computes, its cost and its config', () => {
    const relu = buildLayer(new SqueezeExcite({ name: 'se', squeezed: 2, activation: 'relu' }), [shape]);
    setWeight(relu, 'reduce_bias', [3, 2]); // above the kink
    expectLayerGradients(relu, [shape]);
    expect(relu.cost([[null, ...shape]])).toEqual(make().cost([[null, ...shape]]));
    expectCost(relu, [shape]);
    expectSameFromConfig(relu, [shape]);
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
