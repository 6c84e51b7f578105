import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { avgPool, type Tensor4D } from '../engine/tf.js';
import { AveragePooling } from './average-pooling.js';
import { ChannelSlice } from './channel-slice.js';
import {
  buildLayer,
  byHand,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  image,
  refusalOf,
} from './testing.js';
import { Upsampling } from './upsampling.js';

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

describe('AveragePooling', () => {
  it.each([
    [2, [4, 6]],
    [2, [5, 3]],
    [3, [4, 6]],
  ])('of windows of %i over %j is the mean of what lies inside', (size, [height, width]) => {
    const shape = [height, width, 2];
    const layer = buildLayer(new AveragePooling({ name: 'pool', size }), [shape]);
    const x = uniformTensor<Tensor4D>([2, ...shape], 1);
    expectClose(valuesOf(call(layer, x)), valuesOf(avgPool(x, size, size, 'same')));
    expect(layer.inferShape([[2, ...shape]])).toEqual(call(layer, x).shape);
    expectLayerGradients(layer, [shape]);
    expectCost(layer, [shape], { macsElementwise: height * width * 2, innerActivations: 0 });
    expectSameFromConfig(layer, [shape]);
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
