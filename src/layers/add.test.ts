import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { tensor4d } from '../engine/tf.js';
import { Add } from './add.js';
import { refusalOf } from '../util/refusal.testing.js';
import { buildLayer, call, expectCost, expectLayerGradients, expectSameFromConfig } from './testing.js';

beforeAll(openReference);

const shapes = [
  [1, 2, 2],
  [1, 2, 2],
];
const make = (): Add => buildLayer(new Add({ name: 'sum' }), shapes);

describe('Add', () => {
  it('is the sum of its branches', () => {
    const y = call(make(), [tensor4d([1, 2, 3, 4], [1, 1, 2, 2]), tensor4d([10, 20, 30, 40], [1, 1, 2, 2])]);
    expect(y.shape).toEqual([1, 1, 2, 2]);
    expectClose(valuesOf(y), [11, 22, 33, 44], 0);
  });

  it('hands its gradient to both branches', () => {
    expectLayerGradients(make(), shapes);
  });

  it('costs one addition a value', () => {
    expectCost(make(), shapes, { macsElementwise: 4, innerActivations: 0 });
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make(), shapes);
  });

  it('refuses branches of different shapes, which tf.js would stretch in silence', () => {
    const shapes = [
      [null, 8, 8, 16],
      [null, 8, 8, 1],
    ];
    expect(refusalOf(() => new Add({ name: 'sum' }).inferShape(shapes))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: 'layer sum: the branches must have one shape: [8, 8, 16] and [8, 8, 1]',
          where: 'model',
          try: undefined,
        },
      ],
    });
  });
});
