import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import { theoreticalMacs, theoreticalStridedMacs } from '../../operators/octconv/layer.js';
import { refusalOf } from '../../util/refusal.testing.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { expectAllGradients } from '../gradients.testing.js';
import { designFrom } from '../testing.js';

beforeAll(openReference);

type ModelInput = Parameters<typeof designFrom>[0];
type Options = Omit<Extract<ModelInput, { family: 'wide-resnet' }>, 'family'>;
const wide = (options: Options = {}, size = 32): Blueprint =>
  designFrom({ family: 'wide-resnet', ...options }, size);
describe('Wide ResNet at 10 classes', () => {
  it.each([
    [28, 10, 36_479_194],
    [16, 4, 2_748_890],
    [40, 4, 8_949_210],
  ])('WRN-%i-%i has %i parameters, at any α', (depth, widen, parameters) => {
    for (const alpha of [0, 0.25, 0.5, 0.75, 1]) {
      expect(wide({ depth, widen, alpha }).total().parameters).toBe(parameters);
    }
  });

  it('WRN-28-10 takes 5.2 G multiply-adds, with octave convolutions about their share of it', () => {
    const { macs } = wide().total();
    expect(macs).toBe(5_243_328_768);
    for (const alpha of [0.25, 0.5, 0.75]) {
      // The stem stays plain, and the first convolution has no low part coming in.
      const share = wide({ alpha, lowToHigh: 'pooled' }).total().macs / macs;
      expect(Math.abs(share - theoreticalMacs(alpha))).toBeLessThan(0.01);
    }
  });

  it.each([0.25, 0.5, 0.75])(
    'at α = %d convolves the low map to the high one before it is averaged, as the authors do',
    (alpha) => {
      const [ours, pooled] = [wide({ alpha }), wide({ alpha, lowToHigh: 'pooled' })];
      expect(ours.total().parameters).toBe(pooled.total().parameters);
      const strided = (net: Blueprint): number =>
        net
          .summary()
          .filter(({ name }) => /^group[23].block1.(conv1|shortcut)(.high|.low)?$/.test(name))
          .reduce((sum, { macs }) => sum + macs, 0);
      const plain = strided(wide());
      expect(strided(pooled) / plain).toBe(theoreticalMacs(alpha));
      expect(strided(ours) / plain).toBe(theoreticalStridedMacs(alpha));
    },
  );

  it('with concat-gap has the 1×1 convolution and its BN on top', () => {
    const { parameters } = wide({ alpha: 0.5, head: 'concat-gap' }).total();
    expect(parameters).toBe(36_479_194 + 640 * 640 + 2 * 640);
  });

  it.each<Options>([
    { alpha: 0 },
    { alpha: 0.5 },
    { alpha: 0.5, head: 'concat-gap' },
    { alpha: 0.5, lowToHigh: 'pooled' },
    { alpha: 1 },
    { spatial: { type: 'octconv', alpha: 0.5 } },
  ])('%j computes and learns from every parameter', (options) => {
    expectAllGradients(wide({ depth: 10, widen: 1, dropout: 0.3, ...options }, 12), 12);
  });

  it('puts another operator where channels and size stay', () => {
    const types = wide({ depth: 10, widen: 2, spatial: { type: 'depthwise-separable' } })
      .summary()
      .filter(({ type }) => /Convolution/.test(type))
      .map(({ name }) => name);
    expect(types.slice(0, 5)).toEqual([
      ...['stem/conv', 'group1/block1/conv1', 'group1/block1/conv2/spatial'],
      ...['group1/block1/conv2/pointwise', 'group1/block1/shortcut'],
    ]);
  });

  it('refuses two operators for one place', () => {
    const { problems } = refusalOf(() => wide({ alpha: 0.5, spatial: { type: 'involution' } }));
    expect(problems).toEqual([
      {
        what: 'alpha 0.5 makes every convolution of the groups an octave convolution, 3×3, which leaves no place for involution',
        where: 'model.spatial',
        try: 'model.alpha 0, or no model.spatial',
      },
    ]);
  });
});
