import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { tensor4d } from '../engine/tf.js';
import { Concatenate } from './concatenate.js';
import { refusalOf } from '../util/refusal.testing.js';
import { buildLayer, call, expectCost, expectLayerGradients, expectSameFromConfig } from './testing.js';

beforeAll(openReference);

const shapes = [
  [2, 3, 1],
  [2, 3, 3],
  [2, 3, 2],
];
const make = (): Concatenate => buildLayer(new Concatenate({ name: 'join' }), shapes);

describe('Concatenate', () => {
  it('puts the channels of its branches side by side, in their order', () => {
    const layer = buildLayer(new Concatenate({ name: 'join' }), [
      [1, 2, 1],
      [1, 2, 2],
    ]);
    const y = call(layer, [tensor4d([1, 2], [1, 1, 2, 1]), tensor4d([10, 20, 30, 40], [1, 1, 2, 2])]);
    expect(y.shape).toEqual([1, 1, 2, 3]);
    expect(valuesOf(y)).toEqual([1, 10, 20, 2, 30, 40]);
  });

  it('joins any number of branches, and passes a single one on', () => {
    expect(make().inferShape(shapes.map((shape) => [null, ...shape]))).toEqual([null, 2, 3, 6]);
    const one = buildLayer(new Concatenate({ name: 'join' }), [[2, 3, 2]]);
    const x = uniformTensor([2, 2, 3, 2], 1);
    expect(valuesOf(call(one, x))).toEqual(valuesOf(x));
  });

  it('hands each branch its part of the gradient', () => {
    expectLayerGradients(make(), shapes);
  });

  it('costs nothing', () => {
    expectCost(make(), shapes, { macsElementwise: 0, innerActivations: 0 });
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make(), shapes);
  });

  it('refuses branches of different sizes', () => {
    const sizes = [
      [null, 8, 8, 16],
      [null, 8, 4, 16],
    ];
    expect(refusalOf(() => new Concatenate({ name: 'join' }).inferShape(sizes))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: 'layer join: the branches must have one height and width: 8×8 and 8×4',
          where: 'model',
          try: undefined,
        },
      ],
    });
  });
});
