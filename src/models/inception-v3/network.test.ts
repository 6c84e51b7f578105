import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../util/refusal.testing.js';
import { designFrom } from '../testing.js';

const inception = { family: 'inception-v3' } as const;
const outputs = (options: object, size: number): string[] =>
  designFrom({ ...inception, ...options }, size)
    .summary()
    .filter(({ name }) => name.endsWith('/concatenate'))
    .map(({ outputShape }) => outputShape.join('×'));

describe('Inception V3 in Keras’s form', () => {
  it('has the published parameters at 1000 classes, and multiply-adds at 299×299', () => {
    const net = designFrom(inception, 299, 1000);
    expect(net.total()).toMatchObject({
      parameters: 23_817_352,
      nonTrainable: 23_851_784 - 23_817_352,
      macs: 5_713_216_096,
    });
    const layers = net.summary();
    expect(layers.filter(({ type }) => type === 'Convolution')).toHaveLength(94);
    // No gamma: a batch norm trains one number a channel.
    const norms = layers.filter(({ type }) => type === 'BatchNorm');
    expect(norms.map(({ parameters }) => parameters)).toEqual(norms.map(({ outputShape }) => outputShape[2]));
  });

  it('goes through the grids of the paper’s table 1: 35, 17, 8', () => {
    expect(outputs({}, 299)).toEqual([
      ...['35×35×256', '35×35×288', '35×35×288'],
      ...['17×17×768', '17×17×768', '17×17×768', '17×17×768', '17×17×768'],
      ...['8×8×1280', '8×8×2048', '8×8×2048'],
    ]);
  });

  it('on small images keeps the size in the stem: 32, 16, 8', () => {
    expect(outputs({ stem: 'cifar', width: 0.25 }, 32)).toEqual([
      ...['32×32×64', '32×32×72', '32×32×72'],
      ...['16×16×192', '16×16×192', '16×16×192', '16×16×192', '16×16×192'],
      ...['8×8×320', '8×8×512', '8×8×512'],
    ]);
  });

  it('refuses images that the stem leaves nothing of', () => {
    expect(outputs({}, 75)).toHaveLength(11);
    expect(refusalOf(() => designFrom(inception, 74))).toMatchObject({
      exitCode: 2,
      problems: [
        { what: expect.stringContaining('does not fit into') as string, try: 'a larger data.inputSize' },
      ],
    });
  });

  it('dropout stands before the classifier', () => {
    const last = designFrom({ ...inception, dropout: 0.5 }, 75)
      .summary()
      .slice(-3);
    expect(last.map(({ name }) => name)).toEqual(['head/pool', 'head/dropout', 'head/classifier']);
  });
});
