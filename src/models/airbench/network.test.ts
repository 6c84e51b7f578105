import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, valuesOf } from '../../engine/testing.js';
import { refusalOf } from '../../util/refusal.testing.js';
import { slice, type Tensor4D } from '../../engine/tf.js';
import { expectAllGradients } from '../gradients.testing.js';
import { designFrom } from '../testing.js';

beforeAll(openReference);

describe('the network of airbench', () => {
  it.each([
    // The author's 1,971,352 that learn, with the stem's kernel, which is frozen there, and the classifier's bias.
    [{}, 1_971_352 + 4 * 3 * 24 + 10],
    [{ widths: [128, 384, 384] }, null],
  ])('%j has its parameters, layer by layer', (options, total) => {
    const net = designFrom({ family: 'airbench', ...options }, 32);
    const [a, b, c] = 'widths' in options ? options.widths! : [64, 256, 256];
    const convolutions = 9 * (24 * a + a * a + a * b + b * b + b * c + c * c);
    const offsets = 24 + 2 * (a + b + c);
    const expected = 4 * 3 * 24 + convolutions + offsets + c * 10 + 10;
    expect(net.total().parameters).toBe(expected);
    if (total !== null) expect(net.total().parameters).toBe(total);
  });

  it('pools before most of the work: 31, 15, 7, 3 and 1 pixels along a side', () => {
    const sides = designFrom({ family: 'airbench' }, 32)
      .summary()
      .filter(({ name }) => /stem\/conv|pool|max/.test(name) && name !== 'head/pool')
      .map(({ outputShape }) => outputShape[0]);
    expect(sides).toEqual([31, 15, 7, 3, 1]);
  });

  it.each([false, true])(
    'with a stem of stride 2 it takes images twice as large, whitening %s',
    (whitening) => {
      const options = { family: 'airbench', stemStride: 2, whitening } as const;
      const net = designFrom(options, 64);
      const sides = net
        .summary()
        .filter(({ name }) => /stem\/conv|pool|max/.test(name) && name !== 'head/pool')
        .map(({ outputShape }) => outputShape[0]);
      expect(sides).toEqual([32, 16, 8, 4, 1]);
      const { parameters } = designFrom({ ...options, stemStride: 1 }, 32).total();
      expect(net.total().parameters).toBe(parameters);
      expectAllGradients(designFrom({ ...options, widths: [4, 6, 8] }, 52), 52);
    },
  );

  it('its batch norms have a scale where one is asked for', () => {
    const [without, withScale] = [false, true].map((useScale) =>
      designFrom({ family: 'airbench', useScale }, 32).total(),
    );
    expect(withScale.parameters - without.parameters).toBe(24 + 2 * (64 + 256 + 256));
  });

  it('with a stem that whitens it has the parameters of the author, and the bias of the classifier', () => {
    const net = designFrom({ family: 'airbench', whitening: true }, 32);
    expect(net.total().parameters).toBe(1_971_352 + 10);
    expect(net.total().nonTrainable).toBe(4 * 3 * 24 + 2 * 2 * (64 + 256 + 256));
    expect(net.total().macs).toBe(designFrom({ family: 'airbench' }, 32).total().macs);
    expectAllGradients(designFrom({ family: 'airbench', whitening: true, widths: [4, 6, 8] }, 26), 26);
  });

  it('refuses another number of channels where whitening gives it', () => {
    expect(refusalOf(() => designFrom({ family: 'airbench', whitening: true, stem: 16 }, 32))).toMatchObject({
      exitCode: 2,
      problems: [
        {
          what: 'a 2×2 convolution that whitens has 24 channels, not 16',
          where: 'model.stem',
          try: 'model.stem 24, or model.whitening false',
        },
      ],
    });
  });

  it('begins as it is asked to: with dirac the second convolution of a block hands on all of its channels', () => {
    const net = designFrom({ family: 'airbench', initialization: 'dirac', stem: 4, widths: [4, 6, 8] }, 26);
    const model = net.build(0, 'net');
    const kernel = (layer: string) => model.getLayer(layer).weights[0].read() as Tensor4D;
    const middle = (layer: string) => valuesOf(slice(kernel(layer), [1, 1, 0, 0], [1, 1, 4, 4]));
    const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    for (const layer of ['block1/conv1', 'block1/conv2', 'block2/conv1'])
      expect(middle(layer)).toEqual(identity);
    expect(valuesOf(kernel('block1/conv2')).filter((x) => x !== 0)).toEqual([1, 1, 1, 1]);
  });

  it('narrow, computes and learns from every parameter', () => {
    expectAllGradients(designFrom({ family: 'airbench', stem: 4, widths: [4, 6, 8] }, 26), 26);
  });
});
