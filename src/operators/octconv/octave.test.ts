import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import { theoreticalMacs } from './layer.js';
import { refusalOf } from '../../layers/testing.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { expectAllGradients } from '../../models/gradients.testing.js';
import { designFrom } from '../../models/testing.js';

beforeAll(openReference);

const slot = (options: object, size = 32): Blueprint =>
  designFrom(
    {
      family: 'resnet',
      depth: 26,
      stem: 'cifar',
      width: 16,
      spatial: { type: 'octconv', ...options },
    },
    size,
  );

describe('octconv in the spatial slot', () => {
  const plain = designFrom({ family: 'resnet', depth: 26, stem: 'cifar', width: 16 });

  it.each([0, 0.25, 0.5, 1])(
    'at α = %d has the parameters of the convolution and its share of the work',
    (alpha) => {
      const net = slot({ alpha });
      expect(net.total().parameters).toBe(plain.total().parameters);
      const macs = (blueprint: Blueprint): number =>
        blueprint
          .summary()
          .filter(({ name }) => name.includes('/spatial'))
          .reduce((sum, layer) => sum + layer.macs, 0);
      expect(macs(net) / macs(plain)).toBe(theoreticalMacs(alpha));
      expect(net.summary().at(-1)!.outputShape).toEqual([10]);
    },
  );

  it('averages on the way in, and puts the low part behind the high one', () => {
    const layers = slot({ alpha: 0.25 })
      .summary()
      .filter(({ name }) => name.startsWith('stage2/block1/spatial/'))
      .map(({ name, outputShape }) => `${name.slice(22)} ${outputShape.join('×')}`);
    expect(layers).toEqual([
      ...['pool 16×16×32', 'split/high 16×16×24', 'split/low 16×16×8', 'split/pool 8×8×8'],
      ...['octave/high 16×16×24', 'octave/low 8×8×8', 'merge/upsample 16×16×8', 'merge/concat 16×16×32'],
    ]);
  });

  it.each([
    { alpha: 0.5 },
    { alpha: 0 },
    { alpha: 1 },
    { alpha: 0.5, groups: 2 },
    { alpha: 0.5, kind: 'depthwise' },
    { alpha: 0.5, kind: 'separable' },
  ])('%j computes and learns from every parameter, on odd maps too', (options) => {
    const net = designFrom(
      {
        family: 'resnet',
        blocks: [1, 1, 1, 1],
        stem: 'cifar',
        width: 4,
        spatial: { type: 'octconv', ...options } as never,
      },
      10,
    );
    expectAllGradients(net, 10);
  });

  it('refuses groups that do not divide a part', () => {
    expect(refusalOf(() => slot({ alpha: 0.25, groups: 8 })).problems).toEqual([
      {
        what: 'layer stage1/block1/spatial/octave/high: groups must divide the channels of every part: 8 groups, 12 channels high in',
        where: 'model',
        try: 'groups 1, 2, 4',
      },
    ]);
    expect(refusalOf(() => slot({ kind: 'depthwise', groups: 2 })).problems).toEqual([
      {
        what: 'layer stage1/block1/spatial/octave: a depthwise octave convolution has a group for each channel already, received groups 2',
        where: 'model.spatial.groups',
        try: 'groups 1, or kind full',
      },
    ]);
  });
});
