import { expect, it } from 'vitest';
import { openReference, uniformTensor } from '../engine/testing.js';
import { tidy } from '../engine/tf.js';
import { Blueprint } from '../layers/blueprint.js';
import type { Observation } from '../layers/observation.js';
import { refusalOf } from '../util/refusal.testing.js';
import { designFrom } from '../models/testing.js';
import { groupCount } from './groups.js';
import { operators, placeOperator } from './index.js';
import type { Operator } from './operator.js';
import { attentionSlot, spatial, spatialTypes, type OperatorConfig, type SpatialConfig } from './options.js';
import { z } from 'zod';

const place = { name: 'block/operator', slot: 'model.spatial', activation: 'relu', stride: 2 } as const;
const batchNorm = { momentum: 0.9, epsilon: 1e-5 };

const computing = (Object.keys(operators) as OperatorConfig['type'][]).filter((type) => type !== 'identity');

it.each(spatialTypes)('%s keeps the channels, and takes a stride', (type) => {
  for (const size of [8, 9]) {
    const net = new Blueprint([size, size, 32]);
    const y = placeOperator(net, net.input, spatial.parse({ type }), { ...place, batchNorm });
    expect(y.shape).toEqual([null, Math.ceil(size / 2), Math.ceil(size / 2), 32]);
    expect(net.summary().every(({ name }) => name.startsWith('block/operator'))).toBe(true);
  }
});

it('an operator that cannot take a stride says which can', () => {
  const net = new Blueprint([8, 8, 32]);
  const gate = { type: 'se', reductionRatio: 4 } as const;
  expect(refusalOf(() => placeOperator(net, net.input, gate, { ...place, batchNorm })).problems).toEqual([
    {
      what: 'layer block/operator: se keeps the size of its map, here it would have to take a stride of 2',
      where: 'model.spatial.type',
      try: spatialTypes.join(', '),
    },
  ]);
});

it('groups are so many, or as many as have so many channels', () => {
  const at = { name: 'layer', slot: 'model.attention' };
  expect(groupCount(32, 4, at)).toBe(4);
  expect(groupCount(32, { channels: 16 }, at)).toBe(2);
  expect(refusalOf(() => groupCount(96, { channels: 7 }, at, 'heads')).problems).toEqual([
    {
      what: 'layer layer: heads of 7 channels do not make up 96 channels',
      where: 'model.attention.heads.channels',
      try: 'channels 3, 4, 6, 8',
    },
  ]);
  const uneven: SpatialConfig = { ...spatial.parse({ type: 'san-pairwise' }), groups: 5 } as SpatialConfig;
  const net = new Blueprint([8, 8, 32]);
  expect(refusalOf(() => placeOperator(net, net.input, uneven, { ...place, batchNorm })).problems).toEqual([
    {
      what: 'layer block/operator: groups must divide the channels: 5 groups, 32 channels',
      where: 'model.spatial.groups',
      try: 'groups 1, 2, 4, 8',
    },
  ]);
});

it('an attention slot takes gates, every operator that computes something, and nothing', () => {
  const slot = attentionSlot(z.enum(['none', 'bn-relu']).default('none'));
  for (const type of [...computing, 'none']) expect(slot.parse({ type })).toMatchObject({ type });
  expect(slot.safeParse({ type: 'identity' }).success).toBe(false);
  expect(slot.parse({ type: 'involution' })).toMatchObject({ groups: { channels: 16 }, followedBy: 'none' });
  expect(spatial.safeParse({ type: 'se' }).success).toBe(false);
});

it('Xception refuses options of the convolution that an operator replaces', () => {
  const small = { family: 'xception', stem: 'cifar', width: 0.0625, middleBlocks: 1 } as const;
  const design = (options: object) =>
    designFrom({ ...small, spatial: { type: 'local-attention', heads: 1 }, ...options });
  expect(refusalOf(() => design({ segments: 3 })).problems).toEqual([
    {
      what: 'segments is of the spatial convolution, in whose place local-attention stands',
      where: 'model.segments',
      try: 'no model.segments, or no model.spatial',
    },
  ]);
  const layers = design({ order: 'pointwise-first' }).summary();
  const separable = layers.filter(({ name }) => name.startsWith('middle1/separable1/'));
  expect(separable.map(({ name, type }) => [name.split('/')[2], type])).toEqual([
    ['pointwise', 'Convolution'],
    ['spatial', 'LocalSelfAttention'],
    ['bn', 'BatchNorm'],
  ]);
});

it('Inception V3 takes an operator where a 3×3 convolution keeps channels and size', () => {
  const small = { family: 'inception-v3', stem: 'cifar', width: 0.0625 } as const;
  const design = (type: SpatialConfig['type']) => designFrom({ ...small, spatial: { type } }).summary();
  const replaced = design('octconv').filter(({ name }) => name.endsWith('octave/high'));
  // 32 → 32 in the stem, and the second of the two 3×3 of the first three modules.
  expect(replaced.map(({ name }) => name.split('/octave')[0])).toEqual([
    'stem/conv2',
    'mixed0/branch3/conv3',
    'mixed1/branch3/conv3',
    'mixed2/branch3/conv3',
  ]);
});

it.each(computing)('%s shows what its declaration says', async (type) => {
  await openReference();
  const operator: Pick<Operator<object>, 'published' | 'variants' | 'shows'> = operators[type];
  const slot = attentionSlot(z.enum(['none']).default('none'));
  const all = [{}, ...Object.values({ ...operator.published, ...operator.variants })];
  const seen = new Set<string>();
  for (const options of all) {
    const net = new Blueprint([8, 8, 32]);
    const config = slot.parse({ type, ...options }) as SpatialConfig;
    placeOperator(net, net.input, config, { ...place, batchNorm, stride: 1 });
    const model = net.build(0, 'net');
    tidy(() => {
      const observe = ({ kind }: Observation): void => void seen.add(kind);
      model.apply(uniformTensor([1, 8, 8, 32], 1), { training: false, observe });
    });
    model.dispose();
  }
  expect([...seen].sort()).toEqual([...(operator.shows ?? [])].sort());
});
