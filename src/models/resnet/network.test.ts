import { describe, expect, it } from 'vitest';
import type { ResNetConfig } from './options.js';
import { designFrom } from '../testing.js';

type Depth = ResNetConfig['depth'];

describe('ResNet at 1000 classes and 224×224: parameters and multiply-adds', () => {
  it.each<[Depth, number, number]>([
    [26, 13_696_552, 2_342_256_640],
    [38, 19_626_792, 3_215_720_448],
    [50, 25_557_032, 4_089_184_256],
  ])('ResNet-%i', (depth, parameters, macs) => {
    expect(designFrom({ family: 'resnet', depth }, 224, 1000).total()).toMatchObject({ parameters, macs });
  });

  it('the 26 layers of 2, 2, 2, 2 blocks are another network', () => {
    const net = designFrom({ family: 'resnet', blocks: [2, 2, 2, 2] }, 224, 1000);
    expect(net.total()).toMatchObject({ parameters: 15_995_176, macs: 2_342_256_640 });
  });

  // The published count of multiply-adds takes the gate along, which is element-wise here.
  it.each<[Depth, number, number]>([
    [26, 14_826_744, 2_345_887_744],
    [38, 21_457_384, 3_221_553_152],
    [50, 28_088_024, 4_097_218_560],
  ])('SE-ResNet-%i', (depth, parameters, macsWithGate) => {
    const net = designFrom({ family: 'resnet', depth, attention: { type: 'se' } }, 224, 1000);
    const gates = net
      .summary()
      .filter(({ type }) => type === 'SqueezeExcite')
      .reduce((sum, { outputShape }) => sum + outputShape.reduce((size, n) => size * n, 1), 0);
    expect(net.total().parameters).toBe(parameters);
    expect(net.total().macs + gates).toBe(macsWithGate);
  });
});

describe('BoTNet: attention over the whole map in the last stage', () => {
  const botnet = (depth: Depth, size: number) =>
    designFrom(
      { family: 'resnet', depth, spatial: { type: 'global-attention' }, spatialStages: [4] },
      size,
      1000,
    );

  // The article has 20.8 M parameters; and, for images of 1024×1024 without a classifier, 102.98 G multiply-adds
  // (85.4 G for ResNet-50).
  it.each<[Depth, number, number, number]>([
    [50, 224, 20_852_008, 4_024_557_568],
    [50, 1024, 20_903_208, 102_989_037_568 + 2048 * 1000],
    [101, 224, 39_844_136, 7_736_778_752],
  ])('BoTNet-%i at %i pixels', (depth, size, parameters, macs) => {
    expect(botnet(depth, size).total()).toMatchObject({ parameters, macs });
  });

  it('attends before it pools, and keeps the convolutions of the other stages', () => {
    const operators = botnet(50, 224)
      .summary()
      .filter(({ name }) => name.endsWith('/spatial'));
    expect(operators.filter(({ type }) => type === 'GlobalSelfAttention')).toMatchObject([
      { name: 'stage4/block1/spatial', outputShape: [7, 7, 512], parameters: 3 * 512 ** 2 + 2 * 27 * 128 },
      { name: 'stage4/block2/spatial', outputShape: [7, 7, 512], parameters: 3 * 512 ** 2 + 2 * 13 * 128 },
      { name: 'stage4/block3/spatial', outputShape: [7, 7, 512], parameters: 3 * 512 ** 2 + 2 * 13 * 128 },
    ]);
    expect(operators.filter(({ type }) => type === 'Convolution')).toHaveLength(13);
  });
});

describe('RedNet at 1000 classes and 224×224', () => {
  it.each<[Depth, number, number, number, number]>([
    [26, 9_233_886, 9_233_166, 1.709, 1.736],
    [38, 12_387_706, 12_386_986, 2.191, 2.225],
    [50, 15_541_526, 15_540_806, 2.673, 2.715],
    [101, 25_653_670, 25_652_950, 4.683, 4.744],
    [152, 33_985_302, 33_984_582, 6.703, 6.788],
  ])('RedNet-%i', (depth, parameters, withSmallStem, gigaMacs, gigaAll) => {
    const net = designFrom({ family: 'rednet', depth }, 224, 1000);
    const total = net.total();
    // The published figure takes all element-wise work along but the sums with the shortcuts.
    const sums = net
      .summary()
      .filter(({ type }) => type === 'AddBranches')
      .reduce((sum, { macsElementwise }) => sum + macsElementwise, 0);
    expect(total.parameters).toBe(parameters);
    expect(total.macs / 1e9).toBeCloseTo(gigaMacs, 3);
    expect(Math.abs((total.macs + total.macsElementwise - sums) / 1e9 - gigaAll)).toBeLessThan(0.001);
    const small = designFrom({ family: 'rednet', depth, stemKernelSize: 3 }, 224, 1000);
    expect(small.total().parameters).toBe(withSmallStem);
  });
});
