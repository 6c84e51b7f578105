import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../config/load.js';
import type { EfficientNetConfig } from './options.js';
import { SHIPPED_ROOT, shippedConfigs } from '../../config/testing.js';
import { countMultiplyAdds } from '../../engine/multiply-adds.testing.js';
import { openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import { scalar, tidy, type Tensor } from '../../engine/tf.js';
import { refusalOf } from '../../util/refusal.testing.js';
import { designModel } from '../../tasks/classification/head.js';
import { design, involution, NONE, SE } from '../testing.js';

beforeAll(openReference);

type Options = Partial<EfficientNetConfig>;

const MINUS_2 = [7, 8];
const MINUS_3 = [6, 7, 8];
const exp = (generator: 'paper' | 'linear'): Options[] => [
  { attention: involution(generator, 'none') },
  { attention: involution(generator) },
  { attention: involution(generator), removeStages: MINUS_2 },
  { attention: involution(generator), removeStages: MINUS_3 },
  { attention: involution(generator), removeStages: MINUS_2, depthwiseKernel: 1 },
];
const [exp1L, exp2L, exp3L, exp4L, exp5L] = exp('linear');
const [exp1P, exp2P, exp3P, exp4P, exp5P] = exp('paper');

describe('trainable parameters at 6 classes, and with moving statistics', () => {
  it.each<[string, Options, number, number?]>([
    ['exp0: B0', {}, 4_015_234, 4_057_250],
    ['exp0 B4, the blog’s widths', { variant: 'blog-b4' }, 17_175_207],
    ['exp0 B4, the paper’s widths', { variant: 'b4' }, 17_559_374],
    ['exp1, linear', exp1L, 5_701_190, 5_743_206],
    ['exp2, linear', exp2L, 5_719_110, 5_779_046],
    ['exp3, linear', exp3L, 1_484_530, 1_510_610],
    ['exp4, linear', exp4L, 619_782, 634_246],
    ['exp5, linear', exp5L, 1_419_762, 1_445_842],
    ['exp1, paper', exp1P, 5_705_670],
    ['exp2, paper', exp2P, 5_723_590],
    ['exp3, paper', exp3P, 1_486_370],
    ['exp4, paper', exp4P, 620_710],
    ['exp5, paper', exp5P, 1_421_602],
    ['B0 minus 7, 8, SE kept', { removeStages: MINUS_2 }, 1_005_414],
    ['B0 minus 6, 7, 8, SE kept', { removeStages: MINUS_3 }, 421_306],
    ['B0 minus 7, 8, neither SE nor involution', { removeStages: MINUS_2, attention: NONE }, 854_374],
    ['B0 without SE', { attention: NONE }, 3_378_694],
  ])('%s', (_, options, trainable, total) => {
    const { parameters, nonTrainable } = design(options).total();
    expect(parameters).toBe(trainable);
    if (total !== undefined) expect(parameters + nonTrainable).toBe(total);
  });
});

it.each([
  ['b0', 5_288_548],
  ['b1', 7_794_184],
  ['b2', 9_109_994],
  ['b3', 12_233_232],
  ['b4', 19_341_616],
  ['b5', 30_389_784],
  ['b6', 43_040_704],
  ['b7', 66_347_960],
] as const)('%s at 1000 classes has the published parameters', (variant, expected) => {
  expect(design({ variant }, 224, 1000).total().parameters).toBe(expected);
});

describe('multiply-adds in millions', () => {
  it.each<[number, readonly [number, number, number, number, number]]>([
    [224, [384.5, 803.5, 595.1, 410.4, 568.1]],
    [150, [190.0, 393.7, 287.4, 193.2, 274.5]],
    [64, [32.0, 65.6, 48.6, 33.5, 46.4]],
  ])('at %i', (inputSize, expected) => {
    for (const [exp1, exp2, exp3, exp4, exp5] of [exp('linear'), exp('paper')]) {
      const counted = [{}, exp2, exp3, exp4, exp5].map((each) => design(each, inputSize).total().macs / 1e6);
      // The table is rounded to 0.1 million.
      counted.forEach((macs, i) => expect(Math.abs(macs - expected[i])).toBeLessThan(0.051));
      expect(design(exp1, inputSize).total().macs / 1e6).toBe(counted[1]);
    }
  });

  it('of which involution has 419.6 in exp2 at 224', () => {
    const macs = design(exp2P)
      .summary()
      .filter(({ type }) => type === 'Involution')
      .reduce((sum, layer) => sum + layer.macs, 0);
    expect(Math.abs(macs / 1e6 - 419.6)).toBeLessThan(0.05);
  });

  it('are those that the model does', () => {
    const options = { ...exp4P, removeStages: [4, 5, 6, 7, 8] };
    const net = design(options, 24);
    const model = net.build(0, 'counted');
    const x = uniformTensor([1, 24, 24, 3], 1);
    const counted = countMultiplyAdds(() => {
      (model.apply(x, { training: false }) as Tensor).dispose();
    });
    expect(counted).toBe(net.total().macs);
  });
});

describe('the built model', () => {
  it.each<[string, Options, number]>([
    ['exp4', exp4P, 620_710],
    ['exp5', exp5P, 1_421_602],
    ['control', { removeStages: MINUS_3, attention: SE }, 421_306],
  ])('%s has the weights that its blueprint counts', (name, options, trainable) => {
    const net = design(options, 32);
    const model = net.build(0, name);
    const count = (weights: readonly { readonly shape: readonly (number | null)[] }[]): number =>
      weights.reduce((sum, { shape }) => sum + shape.reduce<number>((size, n) => size * n!, 1), 0);
    const { parameters, nonTrainable } = net.total();
    expect(count(model.trainableWeights)).toBe(trainable);
    expect(parameters).toBe(trainable);
    expect(count(model.nonTrainableWeights)).toBe(nonTrainable);
    expect(model.countParams()).toBe(parameters + nonTrainable);
    const layers = model.layers.slice(1);
    expect(layers.map((layer) => layer.name)).toEqual(net.summary().map((layer) => layer.name));
    layers.forEach((layer, i) => {
      const { name, outputShape, parameters, nonTrainable } = net.summary()[i];
      expect((layer.outputShape as number[]).slice(1), name).toEqual(outputShape);
      expect(layer.countParams(), name).toBe(parameters + nonTrainable);
    });
  });

  it('turns images into logits', () => {
    const model = design(exp4P, 32, 6).build(0, 'exp4');
    const x = uniformTensor([2, 32, 32, 3], 1);
    for (const training of [false, true]) {
      const logits = tidy(() => model.apply(x, { training, seed: scalar(1, 'int32') }) as Tensor);
      expect(logits.shape).toEqual([2, 6]);
      expect(valuesOf(logits).every(Number.isFinite)).toBe(true);
      expect(valuesOf(logits).some((value) => value !== 0)).toBe(true);
    }
  });
});

describe('the layers', () => {
  it('follow the table of the paper', () => {
    const shapes = design({})
      .summary()
      .filter(({ name }) => /project_bn$/.test(name))
      .map(({ name, outputShape }) => `${name.slice(0, -11)} ${outputShape.join('×')}`);
    expect(shapes).toEqual([
      ...['stage2/block1 112×112×16', 'stage3/block1 56×56×24', 'stage3/block2 56×56×24'],
      ...['stage4/block1 28×28×40', 'stage4/block2 28×28×40'],
      ...[1, 2, 3].map((n) => `stage5/block${n} 14×14×80`),
      ...[1, 2, 3].map((n) => `stage6/block${n} 14×14×112`),
      ...[1, 2, 3, 4].map((n) => `stage7/block${n} 7×7×192`),
      'stage8/block1 7×7×320',
    ]);
  });

  it('of a block stand in order, the identity only where shapes allow it', () => {
    const names = (options: Options, block: string): string[] =>
      design(options)
        .summary()
        .filter(({ name }) => name.startsWith(block))
        .map(({ name }) => name.slice(block.length + 1));
    const ends = ['project', 'project_bn'];
    const starts = ['depthwise', 'depthwise_bn'];
    expect(names({}, 'stage2/block1')).toEqual([...starts, 'se', ...ends]);
    const expand = ['expand', 'expand_bn', ...starts];
    expect(names({}, 'stage3/block1')).toEqual([...expand, 'se', ...ends]);
    expect(names({}, 'stage3/block2')).toEqual([...expand, 'se', ...ends, 'drop', 'add']);
    expect(names({ dropConnect: 0 }, 'stage3/block2')).toEqual([...expand, 'se', ...ends, 'add']);
    expect(names({ attention: NONE }, 'stage3/block1')).toEqual([...expand, ...ends]);
    expect(names(exp1P, 'stage3/block1')).toEqual([...expand, 'involution', ...ends]);
    expect(names(exp2P, 'stage3/block1')).toEqual([...expand, 'involution', 'involution_bn', ...ends]);
  });

  it('drop by rates that grow with depth, and before the classifier as the variant says', () => {
    const rates = (options: Options): Record<string, unknown> => {
      const model = design({ ...options, removeStages: [4, 5, 6, 7] }, 32).build(0, 'rates');
      const dropouts = model.layers.filter((layer) => /drop/.test(layer.name));
      return Object.fromEntries(dropouts.map((layer) => [layer.name, layer.getConfig().rate]));
    };
    // Four blocks are left: stage2/block1, stage3/block1, stage3/block2, stage8/block1.
    expect(rates({})).toEqual({ 'stage3/block2/drop': (0.2 * 2) / 4, 'head/dropout': 0.2 });
    expect(rates({ dropout: 0.7, dropConnect: 0.4 })).toEqual({
      'stage3/block2/drop': 0.2,
      'head/dropout': 0.7,
    });
    expect(rates({ dropout: { from: 0, to: 0.5 }, dropConnect: { from: 0.1, to: 0.4 } })).toEqual({
      'stage3/block2/drop': { from: 0.05, to: 0.2 },
      'head/dropout': { from: 0, to: 0.5 },
    });
  });

  it('keep their stride when the depthwise kernel is 1', () => {
    const shapes = (options: Options): string[] =>
      design(options)
        .summary()
        .filter(({ type }) => type === 'DepthwiseConvolution')
        .map(({ outputShape }) => outputShape.join());
    expect(shapes(exp5P)).toEqual(shapes(exp3P));
    const depthwise = design(exp5P)
      .summary()
      .find(({ type }) => type === 'DepthwiseConvolution')!;
    expect(depthwise.parameters).toBe(depthwise.outputShape[2]);
  });
});

describe('refuses', () => {
  it('to leave out every stage', () => {
    expect(refusalOf(() => design({ removeStages: [2, 3, 4, 5, 6, 7, 8] }))).toEqual({
      code: 'E_MODEL_EMPTY',
      exitCode: 2,
      problems: [
        {
          what: 'removeStages leaves no stage of blocks between stem and head',
          where: 'model.removeStages',
          try: 'keep at least one of the stages 2 to 8',
        },
      ],
    });
    expect(design({ removeStages: [3, 4, 5, 6, 7, 8] }).total().parameters).toBeGreaterThan(0);
  });

  it('groups that do not divide the channels, before any weight is made, naming the layer', () => {
    const attention = { ...involution('paper'), groups: 5 };
    const { problems } = refusalOf(() => design({ attention }));
    expect(problems[0].what).toBe(
      'layer stage2/block1/involution: groups must divide the channels: 5 groups, 32 channels',
    );
  });
});

describe('the shipped configs', () => {
  const EXPECTED: Readonly<Record<string, number>> = {
    exp0: 4_015_234,
    'exp0-b4': 17_175_207,
    exp1: 5_705_670,
    exp2: 5_723_590,
    exp3: 1_486_370,
    exp4: 620_710,
    exp5: 1_421_602,
    quickstart: 1_486_370,
    'exp0-b4-paper': 17_559_374,
    'exp1-l2': 5_705_670,
    'exp1-linear': 5_701_190,
    'exp2-linear': 5_719_110,
    'exp3-l2': 1_486_370,
    'exp3-linear': 1_484_530,
    'exp4-linear': 619_782,
    'exp5-linear': 1_419_762,
    'exp3-lr-0.25': 1_486_370,
    'exp3-reference-init': 1_486_370,
    'control-none': 3_378_694,
    'control-none-minus-7-8': 854_374,
    'control-se-minus-7-8': 1_005_414,
    'control-se-minus-6-7-8': 421_306,
  };
  const experiments = shippedConfigs()
    .map((name) => loadExperiment(join(SHIPPED_ROOT, name)).experiment)
    .filter(({ model, data }) => model.family === 'efficientnet' && data.name !== 'scene-masks');

  it.each(experiments.map((experiment) => [experiment.name, experiment] as const))(
    '%s has its exact count',
    (name, { model, data }) => {
      expect(designModel(model, data.inputSize, 6).total().parameters).toBe(EXPECTED[name]);
    },
  );

  it('are all of them', () => {
    expect(experiments.map(({ name }) => name).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(experiments.map((experiment) => [experiment.name, experiment.source?.claim] as const))(
    '%s: what the article prints agrees with the count',
    (name, claim) => {
      const printed = claim?.parametersMillions;
      if (!printed) return;
      expect(Math.abs(EXPECTED[name] / 1e6 - printed)).toBeLessThan(0.051);
    },
  );
});
