import { describe, expect, it } from 'vitest';
import { model as modelSchema } from './options.js';
import { designFeatures } from './registry.js';
import type { ModelInput } from './testing.js';

const featuresOf = (config: ModelInput, size: number) => designFeatures(modelSchema.parse(config), size);
const mapsOf = (config: ModelInput, size: number): [string, number, number][] =>
  featuresOf(config, size).features.maps.map(({ name, stride, node }) => [name, stride, node.shape[1]!]);

describe('a family ends in features', () => {
  it.each<[ModelInput, number, [string, number, number][]]>([
    [
      { family: 'efficientnet', removeStages: [7, 8] },
      224,
      [
        ['stage2', 2, 112],
        ['stage3', 4, 56],
        ['stage4', 8, 28],
        ['stage5', 16, 14],
        ['stage6', 16, 14],
      ],
    ],
    [
      { family: 'resnet', depth: 26 },
      224,
      [
        ['stage1', 4, 56],
        ['stage2', 8, 28],
        ['stage3', 16, 14],
        ['stage4', 32, 7],
      ],
    ],
    [
      { family: 'axial-resnet', stem: 'cifar-pool', blocks: [1, 1], scale: 0.25 },
      32,
      [
        ['stage1', 2, 16],
        ['stage2', 4, 8],
      ],
    ],
    [
      { family: 'wide-resnet', depth: 10, widen: 1, alpha: 0.5 },
      32,
      [
        ['group1', 1, 32],
        ['group1/low', 2, 16],
        ['group2', 2, 16],
        ['group2/low', 4, 8],
        ['group3', 4, 8],
        ['group3/low', 8, 4],
      ],
    ],
    [
      { family: 'octconv-article', width: 8, blocks: 1, alpha: 0 },
      32,
      [
        ['group1', 1, 32],
        ['group2', 2, 16],
        ['group3', 4, 8],
      ],
    ],
    [
      { family: 'xception', stem: 'cifar', middleBlocks: 1, width: 0.1 },
      32,
      [
        ['entry1', 1, 32],
        ['entry2', 2, 16],
        ['entry3', 4, 8],
        ['middle', 4, 8],
        ['exit', 8, 4],
      ],
    ],
  ])('%j has its maps, names and strides', (config, size, maps) => {
    expect(mapsOf(config, size)).toEqual(maps);
  });

  it('Inception V3 halves the size in two of its modules', () => {
    const maps = mapsOf({ family: 'inception-v3', stem: 'cifar', width: 0.05 }, 32);
    expect(maps.map(([, stride]) => stride)).toEqual([1, 1, 1, 2, 2, 2, 2, 2, 4, 4, 4]);
    expect(maps.every(([, stride, side]) => side * stride === 32)).toBe(true);
  });

  it('what a classifier looks at is the last map, or a vector where the family makes one', () => {
    expect(featuresOf({ family: 'resnet' }, 64).features.last.shape).toEqual([null, 2, 2, 2048]);
    const octave = featuresOf({ family: 'octconv-article', width: 8, blocks: 1, alpha: 0.5 }, 32);
    expect(octave.features.last.shape).toEqual([null, 32]);
  });

  it('carries no classifier, and the rate of the dropout before one', () => {
    const { net, features } = featuresOf({ family: 'efficientnet' }, 64);
    expect(net.summary().at(-1)!.name).toBe('head/bn');
    expect(features.dropout).toBe(0.2);
    expect(featuresOf({ family: 'resnet' }, 64).features.dropout).toBeNull();
    expect(featuresOf({ family: 'efficientnet', dropout: 0 }, 64).features.dropout).toBe(0);
  });
});
