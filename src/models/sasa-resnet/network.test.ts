import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor } from '../../engine/testing.js';
import type { Tensor } from '../../engine/tf.js';
import { refusalOf } from '../../util/refusal.testing.js';
import { designFrom } from '../testing.js';

beforeAll(openReference);

const sasa = (options: object = {}) => designFrom({ family: 'sasa-resnet', ...options }, 224, 1000).total();
const spatial = (options: object) => ({ spatial: { type: 'local-attention', ...options } });

describe('the networks of stand-alone self-attention at 1000 classes and 224×224', () => {
  it.each([
    [26, 10_331_264, 2_242_155_520],
    [38, 14_173_384, 2_862_657_024],
    [50, 18_015_504, 3_483_158_528],
  ])('with a convolution as stem, %i layers', (depth, parameters, macs) => {
    expect(sasa({ depth })).toMatchObject({ parameters, macs });
    expect(sasa({ depth, ...spatial({ padding: 'zero' }) })).toMatchObject({ parameters, macs });
  });

  it.each([
    [26, 10_323_776, 2_297_549_824, 2_348_930_048],
    [38, 14_165_896, 2_918_051_328, 2_969_431_552],
    [50, 18_008_016, 3_538_552_832, 3_589_933_056],
  ])('of attention alone, %i layers, with 4 and with 8 mixtures', (depth, parameters, macs, macsOf8) => {
    expect(sasa({ depth, stem: 'attention' })).toMatchObject({ parameters, macs });
    expect(sasa({ depth, stem: 'attention', stemMixtures: 8 })).toMatchObject({
      parameters: parameters + 4 * (3 * 64 + 64),
      macs: macsOf8,
    });
  });

  // Tables 3 to 6 of the article, in millions of parameters and thousand millions of FLOPS (two a multiply-add).
  it.each([
    [[2, 3, 4], 18.09, 7.25],
    [[3, 4], 18.48, 7.43],
    [[4], 20.84, 7.99],
    [[1], 25.48, 7.89],
    [[1, 2], 25.09, 7.71],
    [[1, 2, 3], 22.73, 7.15],
  ])('attention in the stages %j alone', (spatialStages, millions, flops) => {
    const { parameters, macs } = sasa({ spatialStages });
    expect(parameters / 1e6).toBeCloseTo(millions, 2);
    expect((2 * macs) / 1e9).toBeCloseTo(flops, 2);
  });

  it.each([
    [3, 6.51],
    [5, 6.69],
    [7, 6.97],
    [9, 7.33],
    [11, 7.79],
  ])('windows of %i', (kernelSize, flops) => {
    expect((2 * sasa(spatial({ kernelSize })).macs) / 1e9).toBeCloseTo(flops, 2);
  });

  it('without positions, and with nothing but positions', () => {
    expect((2 * sasa(spatial({ position: 'none' })).macs) / 1e9).toBeCloseTo(6.78, 2);
    const blind = sasa(spatial({ relation: 'none' }));
    expect((2 * blind.macs) / 1e9).toBeCloseTo(6.14, 2);
    expect(blind.parameters / 1e6).toBeCloseTo(16.758, 3);
  });
});

it('heads by their width: 8 channels each', () => {
  const options = { depth: 26, width: 16, ...spatial({ heads: { channels: 8 } }) };
  const net = designFrom({ family: 'sasa-resnet', ...options } as never);
  const heads = net.build(0, 'small').layers.map((layer) => layer.getConfig());
  const counts = heads.flatMap((config) => ('heads' in config ? [config.heads] : []));
  expect(counts).toEqual([2, 4, 4, 8, 8, 8, 8, 16]);
});

it.each(['imagenet', 'cifar', 'attention'] as const)('a small one computes, stem %s', (stem) => {
  const net = designFrom({ family: 'sasa-resnet', depth: 26, width: 16, stem }, 16);
  const y = net.build(0, 'small').apply(uniformTensor([2, 16, 16, 3], 1)) as Tensor;
  expect(y.shape).toEqual([2, 10]);
  expect([...y.dataSync<'float32'>()].every(Number.isFinite)).toBe(true);
});

it.each<[string, object, string, string, string]>([
  [
    'heads that do not divide the channels',
    { width: 12 },
    'layer stage1/block1/spatial: heads must divide the channels: 8 heads, 12 channels',
    'model',
    'heads 3, 4, 6, 12',
  ],
  [
    'a width of heads that does not divide the channels',
    spatial({ heads: { channels: 7 } }),
    'layer stage1/block1/spatial: heads of 7 channels do not make up 64 channels',
    'model.spatial.heads.channels',
    'channels 1, 2, 4, 8',
  ],
])('refuses %s', (_, options, what, where, hint) => {
  const refusal = refusalOf(() => designFrom({ family: 'sasa-resnet', ...options } as never));
  expect(refusal.exitCode).toBe(2);
  expect(refusal.problems).toEqual([{ what, where, try: hint }]);
});

it('refuses an attention stem for images that are not made of blocks', () => {
  const refusal = refusalOf(() => designFrom({ family: 'sasa-resnet', stem: 'attention' }, 30));
  expect(refusal.problems[0].what).toBe(
    'layer stem/attention: the image must be made of 4×4 blocks, it has 30×30 pixels',
  );
});
