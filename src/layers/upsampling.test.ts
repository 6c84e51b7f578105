import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, valuesOf } from '../engine/testing.js';
import { tensor4d } from '../engine/tf.js';
import { refusalOf } from '../util/refusal.testing.js';
import { buildLayer, call, expectCost, expectLayerGradients, expectSameFromConfig } from './testing.js';
import { Upsampling } from './upsampling.js';

beforeAll(openReference);

const make = (height: number, width: number): Upsampling => new Upsampling({ name: 'up', height, width });

describe('Upsampling', () => {
  it('has each pixel four times, cut where the larger map is of an odd size', () => {
    const x = tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const even = buildLayer(make(4, 4), [[2, 2, 1]]);
    expect(valuesOf(call(even, x))).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    const odd = buildLayer(make(3, 4), [[2, 2, 1]]);
    expect(valuesOf(call(odd, x))).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4]);
    expect(odd.inferShape([[null, 2, 2, 5]])).toEqual([null, 3, 4, 5]);
    expect(odd.stride).toBe(0.5);
  });

  it('has the gradients of what it computes, costs nothing, and comes back from its config', () => {
    const layer = buildLayer(make(5, 4), [[3, 2, 2]]);
    expectLayerGradients(layer, [[3, 2, 2]]);
    expectCost(layer, [[3, 2, 2]], { macsElementwise: 0, innerActivations: 0 });
    expectSameFromConfig(layer, [[3, 2, 2]]);
  });

  it.each([
    [6, 4],
    [4, 2],
  ])('refuses to make %i×%i of 2×2', (height, width) => {
    expect(refusalOf(() => make(height, width).inferShape([[null, 2, 2, 1]]))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: `layer up: 2×2 cannot be doubled to ${height}×${width}`,
          where: 'model',
          try: '4×4, or one less where that came from an odd size',
        },
      ],
    });
  });
});
