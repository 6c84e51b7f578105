import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
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

  it('its batch norms have a scale where one is asked for', () => {
    const [without, withScale] = [false, true].map((useScale) =>
      designFrom({ family: 'airbench', useScale }, 32).total(),
    );
    expect(withScale.parameters - without.parameters).toBe(24 + 2 * (64 + 256 + 256));
  });

  it('narrow, computes and learns from every parameter', () => {
    expectAllGradients(designFrom({ family: 'airbench', stem: 4, widths: [4, 6, 8] }, 26), 26);
  });
});
