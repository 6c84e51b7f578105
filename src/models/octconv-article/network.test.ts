import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { expectAllGradients } from '../gradients.testing.js';
import { designFrom } from '../testing.js';

beforeAll(openReference);

type ModelInput = Parameters<typeof designFrom>[0];
type Options = Omit<Extract<ModelInput, { family: 'octconv-article' }>, 'family'>;
const article = (options: Options, size = 32): Blueprint =>
  designFrom({ family: 'octconv-article', ...options }, size);
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

  it.each([0, 0.25, 0.5, 1])('narrow, at α = %d, computes and learns from every parameter', (alpha) => {
    expectAllGradients(article({ alpha, width: 4, blocks: 1 }, 8), 8);
  });

  it('separable, too', () => {
    const net = article({ alpha: 0.5, width: 4, blocks: 1, kind: 'separable' }, 8);
    expect(net.total().parameters).toBeLessThan(
      article({ alpha: 0.5, width: 4, blocks: 1 }, 8).total().parameters,
    );
    expect(net.summary().find(({ name }) => name === 'group2/widen/depthwise/low')).toMatchObject({
      outputShape: [2, 2, 2],
      parameters: 9 * 2,
    });
    expectAllGradients(net, 8);
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

  it('takes images of any size', () => {
    expect(article({ width: 8, blocks: 1 }, 27).summary().at(-4)!.outputShape).toEqual([4, 4, 32]);
    expectAllGradients(article({ width: 4, blocks: 1 }, 11), 11);
  });
});

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
