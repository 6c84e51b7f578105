import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor, valuesOf, expectClose } from '../engine/testing.js';
import { tidy, type Tensor } from '../engine/tf.js';
import { theoreticalMacs } from '../layers/octave-convolution.js';
import { InvolveError } from '../util/errors.js';
import type { Blueprint } from './blueprint.js';
import { designFrom } from './testing.js';

type ModelInput = Parameters<typeof designFrom>[0];
type Options<F extends string> = Omit<Extract<ModelInput, { family: F }>, 'family'>;

const article = (options: Options<'octconv-article'>, size = 32): Blueprint =>
  designFrom({ family: 'octconv-article', ...options }, size);
const wide = (options: Options<'wide-resnet'> = {}, size = 32): Blueprint =>
  designFrom({ family: 'wide-resnet', ...options }, size);
const slot = (options: object, size = 32): Blueprint =>
  designFrom(
    {
      ...{ family: 'resnet', depth: 26, stem: 'cifar', width: 16 },
      spatial: { type: 'octconv', ...options },
    },
    size,
  );

describe('the network of the OctConv article', () => {
  it.each([
    [0, 31_368_650, 31_384_330, 4.487, 100],
    [0.25, 31_776_650, 31_793_610, 3.023, 67.4],
    [0.5, 31_776_650, 31_793_610, 1.972, 43.9],
    [0.75, 31_776_650, 31_793_610, 1.34, 29.9],
  ])(
    'α = %d: %i trainable parameters, %i in all, %d G multiply-adds',
    (alpha, trainable, all, giga, percent) => {
      const { parameters, nonTrainable, macs } = article({ alpha }).total();
      expect([parameters, parameters + nonTrainable]).toEqual([trainable, all]);
      expect(macs / 1e9).toBeCloseTo(giga, 3);
      expect((100 * macs) / article({ alpha: 0 }).total().macs).toBeCloseTo(percent, 1);
    },
  );

  it('has 21 convolutions of 3×3, with a bias at α = 0 alone', () => {
    const plain = article({ alpha: 0 }).summary();
    const convolutions = plain.filter(({ type }) => type === 'Convolution');
    expect(convolutions).toHaveLength(21);
    expect(convolutions.every((layer) => layer.macsElementwise === sizeOf(layer.outputShape))).toBe(true);
    const octaves = article({ alpha: 0.5 })
      .summary()
      .filter(({ type }) => type === 'OctaveConvolution');
    expect(octaves).toHaveLength(42);
  });

  it('the heads differ by the 1×1 convolution and its BN', () => {
    const shapes = (head: 'concat-gap' | 'gap-concat'): string[] =>
      article({ head })
        .summary()
        .filter(({ name }) => name.startsWith('head/'))
        .map(({ name, outputShape }) => `${name} ${outputShape.join('×')}`);
    expect(shapes('concat-gap')).toEqual([
      ...['head/merge/pool 4×4×320', 'head/merge/concat 4×4×640', 'head/conv 4×4×640'],
      ...['head/bn 4×4×640', 'head/pool 640', 'head/classifier 10'],
    ]);
    expect(shapes('gap-concat')).toEqual([
      ...['head/pool/high 320', 'head/pool/low 320', 'head/concat 640', 'head/classifier 10'],
    ]);
    const difference = article({}).total().parameters - article({ head: 'gap-concat' }).total().parameters;
    expect(difference).toBe(640 * 640 + 640 + 2 * 640);
  });

  it.each([0, 0.25, 0.5, 1])('narrow, at α = %d, computes and learns from every parameter', async (alpha) => {
    await expectAllGradients(article({ alpha, width: 4, blocks: 1 }, 8), 8);
  });

  it('separable, too', async () => {
    const net = article({ alpha: 0.5, width: 4, blocks: 1, kind: 'separable' }, 8);
    expect(net.total().parameters).toBeLessThan(
      article({ alpha: 0.5, width: 4, blocks: 1 }, 8).total().parameters,
    );
    expect(net.summary().find(({ name }) => name === 'group2/widen/depthwise/low')).toMatchObject({
      ...{ outputShape: [2, 2, 2], parameters: 9 * 2 },
    });
    await expectAllGradients(net, 8);
    expect(
      article({ alpha: 0, kind: 'separable' })
        .summary()
        .slice(3, 5)
        .map(({ name, parameters }) => [name, parameters]),
    ).toEqual([
      ['group1/block1/conv1/depthwise', 9 * 160],
      ['group1/block1/conv1/pointwise', 160 * 160 + 160],
    ]);
  });

  it('takes images of any size', async () => {
    expect(article({ width: 8, blocks: 1 }, 27).summary().at(-4)!.outputShape).toEqual([4, 4, 32]);
    await expectAllGradients(article({ width: 4, blocks: 1 }, 11), 11);
  });
});

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
    expect(macs).toBe(5_248_659_456 - 589_824 + 589_824);
    for (const alpha of [0.25, 0.5, 0.75]) {
      // The stem stays plain, and the first convolution has no low part coming in.
      const share = wide({ alpha }).total().macs / macs;
      expect(Math.abs(share - theoreticalMacs(alpha))).toBeLessThan(0.01);
    }
  });

  it('with concat-gap has the 1×1 convolution and its BN on top', () => {
    const { parameters } = wide({ alpha: 0.5, head: 'concat-gap' }).total();
    expect(parameters).toBe(36_479_194 + 640 * 640 + 2 * 640);
  });

  it.each<Options<'wide-resnet'>>([
    { alpha: 0 },
    { alpha: 0.5 },
    { alpha: 0.5, head: 'concat-gap' },
    { alpha: 1 },
    { spatial: { type: 'octconv', alpha: 0.5 } },
  ])('%j computes and learns from every parameter', async (options) => {
    await expectAllGradients(wide({ depth: 10, widen: 1, dropout: 0.3, ...options }, 12), 12);
  });

  it('puts another operator where channels and size stay', () => {
    const types = wide({ depth: 10, widen: 2, spatial: { type: 'depthwise-separable' } })
      .summary()
      .filter(({ type }) => /Convolution/.test(type))
      .map(({ name }) => name);
    expect(types.slice(0, 5)).toEqual([
      ...['stem/conv', 'group1/block1/conv1', 'group1/block1/conv2/depthwise'],
      ...['group1/block1/conv2/pointwise', 'group1/block1/shortcut'],
    ]);
  });

  it('refuses two operators for one place', () => {
    const problems = problemsOf(() => wide({ alpha: 0.5, spatial: { type: 'involution' } }));
    expect(problems).toEqual([
      {
        what: 'alpha 0.5 makes every convolution of the groups an octave convolution 3×3, which leaves no place for involution 7×7',
        where: 'model.spatial',
        try: 'model.alpha 0, or no model.spatial',
      },
    ]);
  });
});

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
  ])('%j computes and learns from every parameter, on odd maps too', async (options) => {
    const net = designFrom(
      {
        ...{ family: 'resnet', blocks: [1, 1, 1, 1], stem: 'cifar', width: 4 },
        spatial: { type: 'octconv', ...options } as never,
      },
      10,
    );
    await expectAllGradients(net, 10);
  });

  it('refuses groups that do not divide a part', () => {
    expect(problemsOf(() => slot({ alpha: 0.25, groups: 8 }))).toEqual([
      {
        what: 'layer stage1/block1/spatial/octave/high: groups must divide the channels of every part: 8 groups, 12 channels high in',
        where: 'model',
        try: 'groups 1, or a divisor of 12 and 4 and 12',
      },
    ]);
  });
});

beforeAll(openReference);

/** The network computes, and its loss depends on every parameter. */
async function expectAllGradients(net: Blueprint, size: number): Promise<void> {
  await openReference();
  const { variableGrads, scalar, mul, sum, mean, square } = await import('../engine/tf.js');
  const model = net.build(0, 'net');
  const x = uniformTensor<Tensor>([2, size, size, 3], 1);
  const variables = model.trainableWeights.map((weight) => weight.read() as never);
  const { grads } = variableGrads(() => {
    const logits = model.apply(x, { training: true, seed: scalar(1, 'int32') }) as Tensor;
    return mean(square(sum(mul(logits, logits), -1))) as never;
  }, variables);
  expect(Object.keys(grads)).toHaveLength(model.trainableWeights.length);
  for (const weight of model.trainableWeights) {
    const gradient = grads[(weight.read() as unknown as { name: string }).name];
    expect(Math.hypot(...valuesOf(gradient)), weight.originalName).toBeGreaterThan(0);
  }
}

function problemsOf(work: () => unknown): InvolveError['problems'] {
  try {
    work();
  } catch (error) {
    if (error instanceof InvolveError) return error.problems;
    throw error;
  }
  throw new Error('nothing was refused');
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

void [tidy, expectClose];
