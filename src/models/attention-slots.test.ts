import { describe, expect, it } from 'vitest';
import type { SpatialConfig } from '../operators/options.js';
import { refusalOf } from '../util/refusal.testing.js';
import { designFrom } from './testing.js';

type Spatial = Extract<Parameters<typeof designFrom>[0], { family: 'resnet' }>['spatial'];
const design = (spatial: Spatial, options: object = {}, inputSize = 32) =>
  designFrom({ family: 'resnet', depth: 26, width: 32, stem: 'cifar', spatial, ...options }, inputSize);

describe('attention in the spatial slot of a ResNet', () => {
  it.each<[Spatial & { type: SpatialConfig['type'] }, string, string]>([
    [{ type: 'axial-attention' }, 'AxialAttention', 'stage2/block1/spatial/width'],
    [{ type: 'san-pairwise' }, 'SelfAttentionModule', 'stage2/block1/spatial'],
    [{ type: 'san-patchwise' }, 'SelfAttentionModule', 'stage2/block1/spatial'],
  ])('%o keeps the channels and takes the stride', (spatial, type, name) => {
    const layers = design(spatial).summary();
    const one = layers.find((layer) => layer.name === name);
    expect(one).toMatchObject({ type, outputShape: [16, 16, 64] });
    const perBlock = spatial.type === 'axial-attention' ? 2 : 1;
    expect(layers.filter((layer) => layer.type === type)).toHaveLength(8 * perBlock);
    expect(layers.some((layer) => layer.name.endsWith('spatial') && layer.type === 'Convolution')).toBe(
      false,
    );
  });

  it('refuses what does not fit, naming the layer', () => {
    expect(refusalOf(() => design({ type: 'san-patchwise' }, { blocks: [1, 1, 1, 2] }, 16)).problems).toEqual(
      [
        {
          what: 'layer stage4/block2/spatial: a footprint of 7×7 needs a map of 4×4 or more to reflect, not 2×2',
          where: 'model',
          try: 'a kernelSize of at most 3 here, a larger data.inputSize, or fewer poolings',
        },
      ],
    );
    expect(
      refusalOf(() => design({ type: 'san-pairwise', groups: { channels: 24 } })).problems,
    ).toMatchObject([
      { what: 'layer stage1/block1/spatial: groups of 24 channels do not make up 32 channels' },
    ]);
    expect(refusalOf(() => design({ type: 'axial-attention', tableSpan: 16 })).problems).toEqual([
      {
        what: 'layer stage1/block1/spatial/height: a table for spans up to 16 does not reach over an axis of 32 places',
        where: 'model',
        try: 'a tableSpan of at least 32, or null',
      },
    ]);
  });
});
