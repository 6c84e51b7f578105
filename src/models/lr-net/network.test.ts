import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor } from '../../engine/testing.js';
import type { Tensor } from '../../engine/tf.js';
import { refusalOf } from '../../util/refusal.testing.js';
import { designFrom } from '../testing.js';

beforeAll(openReference);

const lrNet = (options: object = {}) => designFrom({ family: 'lr-net', ...options }, 224, 1000);

describe('local relation networks at 1000 classes and 224×224', () => {
  it.each<[number, number, number, number, number, number, number]>([
    [26, 14_620_724, 2_380_062_100, 14_146_920, 2.291, 15_100_958, 2.469],
    [50, 23_396_317, 4_033_665_737, 22_505_392, 3.866, 24_298_993, 4.201],
    [101, 40_828_933, 7_505_276_537, 39_109_904, 7.173, 42_570_729, 7.84],
  ])('LR-Net-%i at widths of 100, 96 and 104', (depth, parameters, macs, of96, macs96, of104, macs104) => {
    expect(lrNet({ depth }).total()).toMatchObject({ parameters, macs });
    for (const [width, expected, giga] of [
      [96, of96, macs96],
      [104, of104, macs104],
    ]) {
      const total = lrNet({ depth, width }).total();
      expect(total.parameters).toBe(expected);
      expect(total.macs / 1e9).toBeCloseTo(giga, 3);
    }
  });

  it('the stem', () => {
    const stem = lrNet()
      .summary()
      .filter(({ name }) => name.startsWith('stem/'));
    const sum = (of: 'parameters' | 'macs'): number => stem.reduce((total, layer) => total + layer[of], 0);
    expect(sum('parameters')).toBe(5_648);
    expect(sum('macs')).toBe(137_385_808);
    expect(stem.map(({ outputShape }) => outputShape[0])).toEqual([224, 224, 112, 112, 56]);
  });

  it.each([
    [3, 3.898],
    [5, 3.952],
    [9, 4.142],
  ])('LR-Net-50 with windows of %i has as many parameters', (kernelSize, giga) => {
    const total = lrNet({ spatial: { type: 'local-relation', kernelSize } }).total();
    expect(total.parameters).toBe(23_396_317);
    expect(total.macs / 1e9).toBeCloseTo(giga, 3);
  });
});

it.each(['imagenet', 'cifar'] as const)(
  'a small one computes, stem %s, groups that do not fit included',
  (stem) => {
    const small = { depth: 26, width: 12, outputWidth: 32, stemWidth: 16 } as const;
    const net = designFrom({ family: 'lr-net', ...small, stem }, 16);
    const y = net.build(0, 'small').apply(uniformTensor([2, 16, 16, 3], 1)) as Tensor;
    expect(y.shape).toEqual([2, 10]);
    expect([...y.dataSync<'float32'>()].every(Number.isFinite)).toBe(true);
  },
);

it('refuses groups larger than the channels', () => {
  const refusal = refusalOf(() => designFrom({ family: 'lr-net', width: 4 }));
  expect(refusal.exitCode).toBe(2);
  expect(refusal.problems).toEqual([
    {
      what: 'layer stage1/block1/spatial: 8 channels cannot share weights, there are 4',
      where: 'model',
      try: 'groups of 1 to 4 channels',
    },
  ]);
});
