import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../backend.js';
import { WASM_BACKEND } from '../register.js';
import { expectSameAsCpu, openTestBackend, runKernel, uniform } from '../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

/** Maps, windows and outputs: how each is computed. */
const CASES: [how: string, x: number[], window: [number, number], outputs: number][] = [
  ["by Winograd's, whole tiles", [2, 8, 8, 16], [3, 3], 32],
  ["by Winograd's, tiles cut off on both sides", [2, 11, 9, 12], [3, 3], 20],
  ["by Winograd's, a tile larger than the map", [3, 3, 3, 8], [3, 3], 4],
  ["by Winograd's, several blocks of channels and of tiles", [1, 50, 47, 164], [3, 3], 12],
  ['as gathered rows, few places', [2, 5, 5, 8], [3, 3], 8],
  ['as gathered rows, any number of channels', [2, 7, 6, 5], [3, 3], 11],
  ['as gathered rows, of several blocks', [1, 41, 33, 7], [1, 3], 9],
  ['as one product', [2, 9, 8, 12], [1, 1], 16],
  ['as one product, any number of channels', [3, 7, 5, 3], [1, 1], 10],
  ['as one product, of several blocks', [2, 33, 31, 20], [1, 1], 132],
];

describe('a convolution and a map that is added agree with the reference', () => {
  describe.each(CASES)('%s: %j by %j to %i', (_, x, window, outputs) => {
    const [batch, height, width, channels] = x;
    it.each([1, 2])('each value for as many places in both directions: %i', (repeat) => {
      const addend = [batch, Math.ceil(height / repeat), Math.ceil(width / repeat), outputs];
      const inputs = {
        x: uniform(x),
        filter: uniform([...window, channels, outputs], 1),
        addend: uniform(addend, 2),
      };
      expectSameAsCpu(backend, 'ConvolutionAdd', inputs, { repeat }, { tolerance: 3e-6 + 3e-8 * channels });
    });
  });

  it('keeps NaN of the addend where it belongs', () => {
    const addend = uniform([1, 4, 4, 4], 2);
    addend.values[0] = NaN;
    const inputs = { x: uniform([1, 8, 8, 4]), filter: uniform([3, 3, 4, 4], 1), addend };
    const [{ values }] = runKernel(WASM_BACKEND, 'ConvolutionAdd', inputs, { repeat: 2 });
    const places = [...values].flatMap((value, i) => (Number.isNaN(value) ? [i] : []));
    expect(places).toEqual([0, 4, 32, 36]);
  });
});
