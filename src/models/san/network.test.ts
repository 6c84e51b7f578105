import { describe, expect, it } from 'vitest';
import type { SanConfig } from './options.js';
import { refusalOf } from '../../util/refusal.testing.js';
import { designFrom } from '../testing.js';

type Attention = SanConfig['attention'];
type Options = Partial<Extract<Parameters<typeof designFrom>[0], { family: 'san' }>>;

const PAIR = { type: 'pairwise' } as const;
const PATCH = { type: 'patchwise' } as const;
const total = (options: Options) => designFrom({ family: 'san', ...options }, 224, 1000).total();

describe('SAN at 1000 classes and 224×224: parameters and multiply-adds', () => {
  it.each<[SanConfig['depth'], Attention['type'], number, number]>([
    [10, 'pairwise', 10_531_848, 2_043_668_868],
    [10, 'patchwise', 11_841_124, 1_791_048_192],
    [15, 'pairwise', 14_065_436, 2_858_757_016],
    [15, 'patchwise', 16_181_310, 2_478_283_776],
    [19, 'pairwise', 17_596_156, 3_636_263_340],
    [19, 'patchwise', 20_518_470, 3_130_145_280],
  ])('SAN%i, %s', (depth, type, parameters, macs) => {
    expect(total({ depth, attention: { type } })).toMatchObject({ parameters, macs });
  });

  it.each<[string, Options, number, number]>([
    ['sum', { attention: { ...PAIR, relation: 'sum' } }, 10_531_848, 2.044],
    ['Hadamard product', { attention: { ...PAIR, relation: 'hadamard' } }, 10_531_848, 2.052],
    ['concatenation', { attention: { ...PAIR, relation: 'concatenation' } }, 10_567_896, 2.362],
    ['dot product', { attention: { ...PAIR, relation: 'dot' } }, 10_496_292, 1.743],
    ['no position', { attention: { ...PAIR, position: 'none' } }, 10_530_804, 2.026],
    ['one linear map', { attention: PAIR, mapping: 'L' }, 10_495_328, 1.717],
    ['three linear maps', { attention: PAIR, mapping: 'LRLRL' }, 10_567_896, 2.362],
    ['patchwise star', { attention: { ...PATCH, relation: 'star' } }, 10_929_828, 1.641],
    ['patchwise clique', { attention: { ...PATCH, relation: 'clique' } }, 11_513_700, 2.205],
    ['patchwise, one linear map', { attention: PATCH, mapping: 'L' }, 53_498_628, 9.435],
    ['patchwise, three linear maps', { attention: PATCH, mapping: 'LRLRL' }, 11_850_372, 1.793],
  ])('SAN10 with %s', (_, options, parameters, gigaMacs) => {
    const { parameters: counted, macs } = total(options);
    expect(counted).toBe(parameters);
    expect(macs / 1e9).toBeCloseTo(gigaMacs, 3);
  });
});

describe('SAN', () => {
  it('refuses a footprint that is too large to be reflected, before anything is built', () => {
    expect(refusalOf(() => designFrom({ family: 'san' }, 32))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: 'layer stage4/block1/attention: a footprint of 7×7 needs a map of 4×4 or more to reflect, not 2×2',
          where: 'model',
          try: 'a kernelSize of at most 3 here, a larger data.inputSize, or fewer poolings',
        },
      ],
    });
  });

  it('refuses a width whose values cannot be shared', () => {
    const stages = [{ blocks: 1, width: 48, kernelSize: 3 }];
    expect(refusalOf(() => designFrom({ family: 'san', stages })).problems).toEqual([
      {
        what: 'stage1: a width of 48 does not go into groups of 8 channels: its values have a quarter of the channels',
        where: 'model.stages.0.width',
        try: 'a multiple of 32',
      },
    ]);
  });
});
