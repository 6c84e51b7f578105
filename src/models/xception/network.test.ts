import { describe, expect, it } from 'vitest';
import type { LayerSummary } from '../../layers/blueprint.js';
import { designFrom } from '../testing.js';
import { refusalOf } from '../../util/refusal.testing.js';

const xception = { family: 'xception' } as const;
const small = { ...xception, stem: 'cifar', width: 0.25, middleBlocks: 2 } as const;
const typed = (layers: readonly LayerSummary[], type: string): LayerSummary[] =>
  layers.filter((layer) => layer.type === type);
const sizes = (layers: readonly LayerSummary[]): number[] => [
  ...new Set(layers.map(({ outputShape }) => outputShape[0])),
];

describe('Xception in Keras’s form', () => {
  it('has the published parameters at 1000 classes and 299×299, 36 convolutions among them', () => {
    const net = designFrom(xception, 299, 1000);
    expect(net.total()).toMatchObject({
      parameters: 22_855_952,
      nonTrainable: 22_910_480 - 22_855_952,
      macs: 8_357_403_496,
    });
    const layers = net.summary();
    const shortcuts = layers.filter(({ name }) => name.endsWith('/shortcut')).length;
    const stem = layers.filter(({ name }) => name.startsWith('stem/conv')).length;
    expect(shortcuts).toBe(4);
    expect(typed(layers, 'SegmentedConvolution').length + stem).toBe(36);
  });

  it('has 20,827,442 at 10 classes', () => {
    expect(designFrom(xception, 299, 10).total().parameters).toBe(20_827_442);
  });

  it('goes down to 10×10 through the sizes of the paper’s figure', () => {
    const layers = designFrom(xception, 299, 1000).summary();
    expect(sizes(layers.slice(0, -2))).toEqual([149, 147, 74, 37, 19, 10]);
    expect(layers.find(({ name }) => name === 'middle8/add')!.outputShape).toEqual([19, 19, 728]);
    expect(layers.find(({ name }) => name === 'exit1/add')!.outputShape).toEqual([10, 10, 1024]);
    expect(layers.find(({ name }) => name === 'head/pool')!.outputShape).toEqual([2048]);
  });

  it('fuses each ReLU with the batch norm before it, but for those after a sum', () => {
    const layers = designFrom(xception, 299, 1000).summary();
    const alone = typed(layers, 'ActivationFunction').map(({ name }) => name);
    expect(alone).toEqual([
      ...['entry2/relu', 'entry3/relu'],
      ...Array.from({ length: 8 }, (_, i) => `middle${i + 1}/relu`),
      'exit1/relu',
    ]);
  });
});

describe('the small Xception', () => {
  it('keeps the size until the second block: 32, 16, 8, 4', () => {
    expect(sizes(designFrom(small).summary().slice(0, -2))).toEqual([32, 16, 8, 4]);
  });

  it('rounds its widths, and none is 0', () => {
    const widths = (width: number): number[] =>
      designFrom({ ...small, width })
        .summary()
        .filter(({ name }) => /exit1\/separable.\/bn/.test(name))
        .map(({ outputShape }) => outputShape[2]);
    expect(widths(0.25)).toEqual([182, 256]);
    expect(widths(0.0001)).toEqual([1, 1]);
  });
});

describe('the switches', () => {
  const names = (options: object): string[] =>
    designFrom({ ...small, ...options })
      .summary()
      .map(({ name }) => name)
      .filter((name) => name.startsWith('middle1/'));
  const threeOf = (parts: (i: number) => string[]): string[] => [1, 2, 3].flatMap(parts);
  const part = (i: number, ...parts: string[]): string[] => parts.map((p) => `middle1/separable${i}${p}`);

  it('residual off leaves out the sums and the shortcuts', () => {
    const bare = designFrom({ ...small, residual: false }).summary();
    expect(bare.filter(({ name, type }) => type === 'AddBranches' || name.includes('shortcut'))).toEqual([]);
    const full = designFrom(small).summary();
    expect(typed(full, 'AddBranches')).toHaveLength(3 + 2 + 1);
    // What remains is the same, layer by layer.
    const kept = full.filter(({ name, type }) => type !== 'AddBranches' && !name.includes('shortcut'));
    expect(bare).toEqual(kept);
  });

  it.each([
    [{}, ['/spatial', '/pointwise', '/bn']],
    [{ order: 'pointwise-first' }, ['/pointwise', '/spatial', '/bn']],
    [{ betweenDepthwiseAndPointwise: 'relu' }, ['/spatial', '/between', '/pointwise', '/bn']],
    [{ betweenDepthwiseAndPointwise: 'elu' }, ['/spatial', '/between', '/pointwise', '/bn']],
    [{ batchNormBetween: true }, ['/spatial', '/between_bn', '/pointwise', '/bn']],
    [
      { batchNormBetween: true, betweenDepthwiseAndPointwise: 'relu' },
      ['/spatial', '/between_bn', '/pointwise', '/bn'],
    ],
    [
      { batchNormBetween: true, betweenDepthwiseAndPointwise: 'elu', order: 'pointwise-first' },
      ['/pointwise', '/between_bn', '/between', '/spatial', '/bn'],
    ],
    [{ spatiallySeparable: true }, ['/spatial_columns', '/spatial_rows', '/pointwise', '/bn']],
  ])('%j makes a separable convolution of %j', (options, parts) => {
    expect(names(options)).toEqual(['middle1/relu', ...threeOf((i) => part(i, ...parts)), 'middle1/add']);
  });

  it('the ReLU between costs one a value where nothing is before it, and is fused with a batch norm', () => {
    const work = (options: object): number => designFrom({ ...small, ...options }).total().macsElementwise;
    const relu = { betweenDepthwiseAndPointwise: 'relu' };
    const bn = { batchNormBetween: true };
    expect(work({ ...bn, ...relu }) - work(bn)).toBe(work(relu) - work({}));
    expect(work(bn) - work({})).toBe(2 * (work(relu) - work({})));
  });

  it('segments change the spatial kernels of 182 channels alone', () => {
    const spatial = (segments: number | 'channels'): number =>
      designFrom({ ...small, segments })
        .summary()
        .find(({ name }) => name === 'middle1/separable1/spatial')!.parameters;
    expect(spatial('channels')).toBe(9 * 182);
    expect(spatial(1)).toBe(9 * 182 ** 2);
    expect(spatial(3)).toBe(9 * (61 ** 2 + 61 ** 2 + 60 ** 2));
    expect(spatial(4)).toBe(9 * (46 ** 2 + 46 ** 2 + 45 ** 2 + 45 ** 2));
    expect(designFrom({ ...small, segments: 3 }).total().parameters).toBeGreaterThan(
      designFrom({ ...small, segments: 4 }).total().parameters,
    );
  });

  it('spatially separable kernels have 6 taps in the place of 9', () => {
    const count = (spatiallySeparable: boolean): number =>
      designFrom({ ...small, spatiallySeparable })
        .summary()
        .filter(({ type }) => type === 'SegmentedConvolution')
        .reduce((sum, { parameters }) => sum + parameters, 0);
    expect(count(true)).toBe((count(false) * 6) / 9);
  });

  it('refuses more segments than there are channels', () => {
    expect(refusalOf(() => designFrom({ ...small, segments: 17 }))).toMatchObject({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: 'layer entry1/separable1/spatial: 17 segments need as many channels and filters: 16 channels to 16 filters',
          where: 'model',
          try: 'at most 16 segments',
        },
      ],
    });
  });

  it('dropout stands before the classifier', () => {
    const last = designFrom({ ...small, dropout: 0.5 })
      .summary()
      .slice(-3);
    expect(last.map(({ name }) => name)).toEqual(['head/pool', 'head/dropout', 'head/classifier']);
  });
});
