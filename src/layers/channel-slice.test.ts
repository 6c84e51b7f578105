import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, valuesOf } from '../engine/testing.js';
import { tensor4d } from '../engine/tf.js';
import { ChannelSlice } from './channel-slice.js';
import { refusalOf } from '../util/refusal.testing.js';
import { buildLayer, call, expectCost, expectLayerGradients, expectSameFromConfig } from './testing.js';

beforeAll(openReference);

const shape = [2, 2, 3];
const make = (begin: number, size: number): ChannelSlice => new ChannelSlice({ name: 'slice', begin, size });

describe('ChannelSlice', () => {
  it('takes so many channels of every place from one on', () => {
    const x = tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]);
    const taken = (begin: number, size: number): number[] =>
      valuesOf(call(buildLayer(make(begin, size), [[1, 2, 3]]), x));
    expect(taken(0, 2)).toEqual([1, 2, 4, 5]);
    expect(taken(1, 2)).toEqual([2, 3, 5, 6]);
    // One alone, and all.
    expect(taken(2, 1)).toEqual([3, 6]);
    expect(taken(0, 3)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(make(1, 2).inferShape([[null, 7, 5, 3]])).toEqual([null, 7, 5, 2]);
  });

  it.each([
    [0, 0],
    [2, 2],
    [3, 1],
    [0, 4],
  ])('refuses channels that are not there: from %i on %i', (begin, size) => {
    const { problems } = refusalOf(() => make(begin, size).inferShape([[null, ...shape]]));
    expect(problems[0].what).toContain(`of 3 channels ${size} from ${begin} on cannot be taken`);
  });

  it('has gradients, and computes nothing', () => {
    expectLayerGradients(buildLayer(make(1, 2), [shape]), [shape]);
    expectCost(buildLayer(make(1, 2), [shape]), [shape]);
    expectSameFromConfig(make(1, 2), [shape]);
  });
});
