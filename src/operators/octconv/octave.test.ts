import { beforeAll, describe, expect, it } from 'vitest';
import { expectGolden, openReference, pattern, patternTensor } from '../../engine/testing.js';
import { tensor, type Tensor, type Variable } from '../../engine/tf.js';
import { theoreticalMacs, theoreticalStridedMacs } from './layer.js';
import { octaveOnTensor } from './octave.js';
import { octconv as options } from './options.js';
import golden from './strided.golden.json' with { type: 'json' };
import { refusalOf } from '../../util/refusal.testing.js';
import { Blueprint } from '../../layers/blueprint.js';
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
    { alpha: 0.5, lowToHigh: 'unpooled' },
    { alpha: 0.5, lowToHigh: 'unpooled', groups: 2 },
    { alpha: 1, lowToHigh: 'unpooled' },
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

  it.each(golden.cases)(
    'with stride 2, unpooled, is that of the authors: x [$x], α = $alpha, K = $kernelSize, groups $groups (see `about`)',
    ({ x, alpha, kernelSize, groups, y }) => {
      const [, height, width, channels] = x as [number, number, number, number];
      const net = new Blueprint([height, width, channels]);
      const config = options.parse({ type: 'octconv', alpha, kernelSize, groups, lowToHigh: 'unpooled' });
      octaveOnTensor(net, net.input, config, { name: 'octconv', stride: 2 });
      const model = net.build(0, 'octave');
      const salts = { high_to_high: 3, high_to_low: 4, low_to_high: 5, low_to_low: 6 };
      for (const weight of model.trainableWeights) {
        const { originalName, shape } = weight;
        const path = /(\w+_to_\w+)_kernel$/.exec(originalName)![1] as keyof typeof salts;
        const values = pattern(shape as number[], salts[path]).map((value) => value / 4);
        (weight.read() as Variable).assign(tensor(values, shape as number[]));
      }
      expectGolden(model.predict(patternTensor(x, 1)) as Tensor, y, 1e-5);
    },
  );

  it.each([0.25, 0.5, 1])('at a stride and α = %d, unpooled, has less to save', (alpha) => {
    const strided = (config: object): number => {
      const net = new Blueprint([16, 16, 16]);
      octaveOnTensor(net, net.input, options.parse({ type: 'octconv', ...config }), {
        name: 'octconv',
        stride: 2,
      });
      return net.total().macs;
    };
    const plain = strided({ alpha: 0 });
    expect(strided({ alpha }) / plain).toBe(theoreticalMacs(alpha));
    expect(strided({ alpha, lowToHigh: 'unpooled' }) / plain).toBe(theoreticalStridedMacs(alpha));
    const depthwise = { alpha, kind: 'depthwise' };
    expect(strided({ ...depthwise, lowToHigh: 'unpooled' })).toBe(strided(depthwise));
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
