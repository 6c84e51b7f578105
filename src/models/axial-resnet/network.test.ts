import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../util/refusal.testing.js';
import { designFrom } from '../testing.js';

type Options = Partial<Extract<Parameters<typeof designFrom>[0], { family: 'axial-resnet' }>>;
const design = (options: Options, inputSize = 224, classes = 1000) =>
  designFrom({ family: 'axial-resnet', ...options }, inputSize, classes);

const attention = (options: object) => ({ spatial: { type: 'axial-attention', ...options } as const });

describe('Axial-ResNet at 1000 classes and 224×224: parameters and multiply-adds', () => {
  it.each<[string, Options, number, number, number]>([
    ['26 S', { depth: 26, scale: 0.5 }, 5_944_936, 6_378_792, 1_811_875_840],
    ['50 S', { scale: 0.5 }, 11_586_216, 12_481_000, 2_842_942_464],
    ['50 M', { scale: 0.75 }, 25_179_400, 26_521_576, 5_955_144_192],
    ['50 L', { scale: 1 }, 43_973_480, 45_763_048, 10_194_499_584],
    ['50 XL', { scale: 2 }, 171_158_760, 174_737_896, 38_423_457_792],
    // The article’s 12.5 M at 3.3 G: tables of 509 entries.
    [
      'full S',
      { scale: 0.5, stem: 'axial', ...attention({ span: 15 }) },
      11_602_872,
      12_532_152,
      3_166_376_960,
    ],
    [
      'full M',
      { scale: 0.75, stem: 'axial', ...attention({ span: 15 }) },
      25_225_744,
      26_619_664,
      6_782_295_552,
    ],
    [
      'full L',
      { scale: 1, stem: 'axial', ...attention({ span: 15 }) },
      44_063_848,
      45_922_408,
      11_753_367_552,
    ],
  ])('%s', (_, options, parameters, withLongTables, macs) => {
    expect(design(options).total()).toMatchObject({ parameters, macs });
    const long = attention({ ...options.spatial, tableSpan: 255 });
    expect(design({ ...options, ...long }).total()).toMatchObject({
      parameters: withLongTables,
      macs,
    });
  });
});

describe('Axial-ResNet', () => {
  it('pools after the attention along the width: tables reach over the map before', () => {
    const layers = new Map(
      design({ scale: 0.25, stem: 'cifar' }, 32, 10)
        .summary()
        .map((each) => [each.name, each]),
    );
    expect(layers.get('stage2/block1/height')).toMatchObject({ outputShape: [32, 32, 64] });
    expect(layers.get('stage2/block1/width')).toMatchObject({ outputShape: [16, 16, 64] });
    expect(layers.get('stage4/block3/width')).toMatchObject({ outputShape: [4, 4, 256] });
  });

  it.each<[Options, string, string, string]>([
    [
      attention({ tableSpan: 20 }),
      'layer stage1/block1/height: a table for spans up to 20 does not reach over an axis of 56 places',
      'model',
      'a tableSpan of at least 56, or null',
    ],
    [
      attention({ span: 8 }),
      'layer stage1/block1/height: a span shorter than its axis (56 places) must be odd, not 8',
      'model',
      '9 or 7, or null for the whole axis',
    ],
    [
      { scale: 0.3 },
      'a scale of 0.3 does not give whole channels: 64·0.3',
      'model.scale',
      'a multiple of 1/64',
    ],
    [
      { scale: 0.0625 },
      'layer stage1/block1/height: twice the heads must divide the channels: 2·8 into 8',
      'model',
      'heads 1, 2, 4',
    ],
  ])('refuses %o', (options, what, where, hint) => {
    expect(refusalOf(() => design(options))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what, where, try: hint }],
    });
  });
});
