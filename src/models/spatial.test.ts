import { expect, it } from 'vitest';
import { designFrom } from './testing.js';

const operator = (spatial: object) =>
  designFrom({ family: 'resnet', depth: 26, width: 16, stem: 'cifar', spatial } as never)
    .summary()
    .filter(({ name }) => name === 'stage2/block1/spatial')
    .map(({ type, outputShape }) => ({ type, outputShape }));

it.each([
  ['LocalSelfAttention', { type: 'local-attention' }],
  ['LocalSelfAttention', { type: 'local-attention', channelsPerHead: 4, position: 'none', padding: 'zero' }],
  ['LocalRelation', { type: 'local-relation', relation: 'product' }],
  ['Involution', { type: 'involution' }],
  ['RelationalInvolution', { type: 'involution', generation: 'query-key-softmax', reductionRatio: 1 }],
  ['RelationalInvolution', { type: 'involution', generation: 'query-key', reductionRatio: 1 }],
  ['RelationalInvolution', { type: 'involution', generation: 'position' }],
])('%s stands in the slot of a ResNet: %j', (type, spatial) => {
  expect(operator(spatial)).toEqual([{ type, outputShape: [16, 16, 32] }]);
});
