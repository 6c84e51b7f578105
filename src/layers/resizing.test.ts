import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { tensor4d, variable, type Rank } from '../engine/tf.js';
import { refusalOf } from '../util/refusal.testing.js';
import { buildLayer, call, expectSameFromConfig } from './testing.js';
import { Resizing, type Interpolation } from './resizing.js';

beforeAll(openReference);

const make = (interpolation: Interpolation): Resizing => new Resizing({ name: 'resize', interpolation });

describe('a map as large as another', () => {
  it('bilinear: takes the size of the other, and nothing else of it', () => {
    const layer = buildLayer(make('bilinear'), [
      [2, 1, 1],
      [4, 1, 3],
    ]);
    const y = call(layer, [tensor4d([1, 3], [1, 2, 1, 1]), uniformTensor([1, 4, 1, 3], 1)]);
    expect(y.shape).toEqual([1, 4, 1, 1]);
    expectClose(valuesOf(y), [1, 1.5, 2.5, 3], 1e-6);
  });

  it('nearest: each place twice, cut where the other is of an odd size', () => {
    const layer = buildLayer(make('nearest'), [
      [2, 2, 1],
      [3, 4, 2],
    ]);
    const y = call(layer, [tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), uniformTensor([1, 3, 4, 2], 1)]);
    expect(valuesOf(y)).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  it('has the gradient of its map, and none of the other', () => {
    const shapes = [
      [2, 3, 2],
      [5, 6, 1],
    ];
    const layer = buildLayer(make('bilinear'), shapes);
    const x = variable<Rank.R4>(uniformTensor([1, 2, 3, 2], 1));
    const like = uniformTensor([1, 5, 6, 1], 2);
    expectGradients(() => call(layer, [x, like]), { x });
  });

  it('counts a mean of four as four, and a repetition as nothing', () => {
    const shapes = [
      [null, 2, 3, 5],
      [null, 4, 6, 1],
    ];
    expect(make('bilinear').cost(shapes)).toMatchObject({ parameters: 0, macs: 0, macsElementwise: 480 });
    expect(make('nearest').cost(shapes).macsElementwise).toBe(0);
  });

  it('is the same from its config', () => {
    expectSameFromConfig(make('bilinear'), [
      [2, 3, 2],
      [5, 6, 1],
    ]);
  });

  it('refuses to repeat places to a size that is not twice theirs', () => {
    const shapes = [
      [null, 2, 3, 5],
      [null, 6, 6, 1],
    ];
    const refusal = refusalOf(() => make('nearest').inferShape(shapes));
    expect(refusal.exitCode).toBe(2);
    expect(refusal.problems[0]!.what).toBe('layer resize: 2×3 cannot be doubled to 6×6');
  });
});
