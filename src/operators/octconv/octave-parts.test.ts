import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../../engine/testing.js';
import { ChannelSlice } from '../../layers/channel-slice.js';
import { refusalOf } from '../../util/refusal.testing.js';
import {
  buildLayer,
  byHand,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  image,
} from '../../layers/testing.js';
import { Upsampling } from '../../layers/upsampling.js';

beforeAll(openReference);

describe('Upsampling', () => {
  const make = (height: number, width: number): Upsampling => new Upsampling({ name: 'up', height, width });

  it.each([
    [4, 6],
    [3, 6],
    [4, 5],
    [3, 5],
  ])('repeats 2×3 pixels to %i×%i, and hands the sums of their gradients back', (height, width) => {
    const layer = buildLayer(make(height, width), [[2, 3, 2]]);
    const x = image([2, 2, 3, 2]);
    const expected = byHand([2, height, width, 2], (b, i, j, c) => x.at(b, i >> 1, j >> 1, c));
    const y = call(layer, x.tensor);
    expect(y.shape).toEqual([2, height, width, 2]);
    expectClose(valuesOf(y), expected, 0);
    expectLayerGradients(layer, [[2, 3, 2]]);
    expectCost(layer, [[2, 3, 2]], { macsElementwise: 0, innerActivations: 0 });
    expectSameFromConfig(layer, [[2, 3, 2]]);
  });

  it('refuses a size that is not the double', () => {
    expect(refusalOf(() => make(7, 6).inferShape([[null, 3, 3, 8]])).problems).toEqual([
      {
        what: 'layer up: 3×3 cannot be doubled to 7×6',
        where: 'model',
        try: '6×6, or one less where that came from an odd size',
      },
    ]);
  });
});

describe('ChannelSlice', () => {
  const make = (begin: number, size: number): ChannelSlice => new ChannelSlice({ name: 'part', begin, size });

  it('takes channels, and hands nothing back to the others', () => {
    const layer = buildLayer(make(1, 2), [[2, 3, 4]]);
    const x = image([2, 2, 3, 4]);
    const expected = byHand([2, 2, 3, 2], (b, i, j, c) => x.at(b, i, j, c + 1));
    expectClose(valuesOf(call(layer, x.tensor)), expected, 0);
    expectLayerGradients(layer, [[2, 3, 4]]);
    expectCost(layer, [[2, 3, 4]], { macsElementwise: 0, innerActivations: 0 });
    expectSameFromConfig(layer, [[2, 3, 4]]);
  });

  it('refuses channels that are not there', () => {
    expect(refusalOf(() => make(3, 2).inferShape([[null, 2, 2, 4]])).problems[0].what).toBe(
      'layer part: of 4 channels 2 from 3 on cannot be taken',
    );
  });
});
