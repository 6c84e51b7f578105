import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../engine/testing.js';
import { expectAllGradients } from '../models/gradients.testing.js';
import { designFrom } from '../models/testing.js';

beforeAll(openReference);

const operator = (spatial: object) =>
  designFrom({ family: 'resnet', depth: 26, width: 16, stem: 'cifar', spatial } as never)
    .summary()
    .filter(({ name }) => name === 'stage2/block1/spatial')
    .map(({ type, outputShape }) => ({ type, outputShape }));

it.each([
  ['LocalSelfAttention', { type: 'local-attention' }],
  [
    'LocalSelfAttention',
    { type: 'local-attention', heads: { channels: 4 }, position: 'none', padding: 'zero' },
  ],
  ['LocalRelation', { type: 'local-relation', relation: 'product' }],
  ['Involution', { type: 'involution' }],
  ['RelationalInvolution', { type: 'involution', generation: 'query-key-softmax', reductionRatio: 1 }],
  ['RelationalInvolution', { type: 'involution', generation: 'query-key', reductionRatio: 1 }],
  ['RelationalInvolution', { type: 'involution', generation: 'position' }],
  ['Involution', { type: 'involution', dilation: 2, kernelSize: 3 }],
])('%s stands in the slot of a ResNet: %j', (type, spatial) => {
  expect(operator(spatial)).toEqual([{ type, outputShape: [16, 16, 32] }]);
});

describe('a separable convolution in the slot', () => {
  const [channels, side] = [16, 4];
  const network = (options: object, size = 8) =>
    designFrom(
      {
        family: 'resnet',
        blocks: [1, 1, 1, 1],
        width: 4,
        stem: 'cifar',
        spatial: { type: 'depthwise-separable', ...options },
      } as never,
      size,
    );
  const layersOf = (options: object): unknown[] =>
    network(options)
      .summary()
      .filter(({ name }) => name.startsWith('stage3/block1/spatial/'))
      .map(({ name, parameters, macs, outputShape }) => {
        const isAtInput = outputShape[0] === side;
        return [name.split('/').at(-1), parameters, macs / (isAtInput ? side ** 2 : (side / 2) ** 2)];
      });
  const bn = ['between_bn', 2 * channels, 0];
  const pointwise = ['pointwise', channels ** 2, channels ** 2];

  it.each<[object, unknown[]]>([
    [{}, [['spatial', 9 * channels, 9 * channels], bn, pointwise]],
    [{ segments: 4 }, [['spatial', (9 * channels ** 2) / 4, (9 * channels ** 2) / 4], bn, pointwise]],
    [
      { segments: 1, batchNormBetween: false },
      [['spatial', 9 * channels ** 2, 9 * channels ** 2], pointwise],
    ],
    [{ order: 'pointwise-first' }, [pointwise, bn, ['spatial', 9 * channels, 9 * channels]]],
    [
      { spatiallySeparable: true, betweenDepthwiseAndPointwise: 'elu' },
      [
        ['spatial_columns', 3 * channels, 3 * channels],
        ['spatial_rows', 3 * channels, 3 * channels],
        ...[bn, ['between', 0, 0], pointwise],
      ],
    ],
  ])('%j', (options, expected) => {
    expect(layersOf(options)).toEqual(expected);
  });

  it('learns with all its parameters', () => {
    const options = { segments: 2, spatiallySeparable: true, betweenDepthwiseAndPointwise: 'elu' };
    expectAllGradients(network(options, 16), 16);
  });
});
