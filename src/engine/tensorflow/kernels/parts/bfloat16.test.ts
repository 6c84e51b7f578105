import * as tf from '../../../tf-core.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { runKernel } from '../../../wasm/testing.js';
import { BFLOAT16_OPS, CUSTOM_OPS } from '../../native/load.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../../testing.js';
import type { KernelOptions } from '../kernel.js';
import {
  expectClose,
  openTestKernels,
  runTensorflowKernel,
  uniform,
  type Numbers,
  type TestKernels,
} from '../testing.js';
import {
  NAMES,
  attrsOf,
  bytes,
  compute,
  infoOf,
  inputsOf,
  type Algorithm,
  type Case,
  type Shape4D,
} from './convolution-cases.testing.js';
import { bfloat16FilterGrad, bfloat16InputGrad, convolveBfloat16, isForBfloat16 } from './bfloat16.js';

const OURS: KernelOptions = { onGpu: false, customOps: new Set([...CUSTOM_OPS, ...BFLOAT16_OPS]) };
const OPERATIONS: Algorithm = {
  Conv2D: convolveBfloat16,
  Conv2DBackpropInput: bfloat16InputGrad,
  Conv2DBackpropFilter: bfloat16FilterGrad,
};

/** Each value as the nearest of 8 significant bits, an even one where two are as near. */
function rounded({ shape, values }: Numbers): Numbers {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  const nearest = bits.map((word) => ((word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000) >>> 0);
  return { shape, values: new Float32Array(nearest.buffer) };
}

const CASES: Case[] = [
  { x: [2, 8, 8, 32], outputs: 64, side: 3 },
  { x: [3, 7, 7, 16], outputs: 32, side: 3 },
  { x: [4, 1, 1, 16], outputs: 16, side: 3 },
  { x: [1, 2, 13, 8], outputs: 40, side: 3 },
  // Channels that fill no tile, more than one, and an odd number of them.
  { x: [2, 9, 11, 33], outputs: 70, side: 3 },
  { x: [2, 6, 7, 3], outputs: 5, side: 3 },
  { x: [1, 4, 4, 1], outputs: 1, side: 3 },
  { x: [1, 5, 19, 49], outputs: 47, side: 3 },
  // Other paddings: also none, more than the filter can reach, not the same on all sides.
  { x: [2, 10, 9, 8], outputs: 12, side: 3, pad: 'valid' },
  { x: [1, 3, 3, 8], outputs: 12, side: 3, pad: 'valid' },
  { x: [1, 6, 7, 8], outputs: 12, side: 3, pad: [2, 2, 2, 2] },
  { x: [2, 6, 7, 17], outputs: 12, side: 3, pad: [0, 2, 1, 0] },
  // Single places, with and without zeros around them; larger filters.
  { x: [3, 5, 7, 48], outputs: 33, side: 1 },
  { x: [2, 4, 5, 6], outputs: 7, side: 1, pad: [1, 1, 1, 1] },
  { x: [2, 7, 6, 20], outputs: 18, side: 5 },
  { x: [1, 9, 9, 8], outputs: 8, side: 7 },
  { x: [2, 6, 6, 10], outputs: 9, side: 2 },
  // More than one chunk of places; for the filter one range of them, and several; more than one group of outputs.
  { x: [2, 61, 67, 96], outputs: 96, side: 3 },
  { x: [2, 34, 33, 20], outputs: 36, side: 3 },
  { x: [1, 6, 6, 164], outputs: 36, side: 3 },
  { x: [1, 6, 6, 36], outputs: 164, side: 3 },
  // Strides: of maps that end with a filter and that do not; phases that no tap meets, or that lie outside; other paddings.
  { x: [2, 8, 8, 40], outputs: 33, side: 3, stride: 2 },
  { x: [2, 9, 7, 33], outputs: 20, side: 3, stride: 2 },
  { x: [3, 8, 7, 40], outputs: 33, side: 1, stride: 2 },
  { x: [2, 11, 14, 12], outputs: 9, side: 7, stride: 2 },
  { x: [2, 12, 10, 8], outputs: 12, side: 4, stride: 4 },
  { x: [1, 13, 11, 8], outputs: 12, side: 3, stride: 3, pad: 'valid' },
  { x: [2, 11, 10, 8], outputs: 12, side: 2, stride: 3, pad: 'valid' },
  { x: [2, 10, 9, 17], outputs: 12, side: 3, stride: 2, pad: [1, 1, 1, 1] },
  { x: [2, 9, 8, 8], outputs: 12, side: 3, stride: 2, pad: [2, 2, 2, 2] },
  { x: [2, 7, 8, 8], outputs: 12, side: 2, stride: 2, pad: [3, 1, 2, 2] },
  { x: [2, 1, 1, 16], outputs: 16, side: 3, stride: 2 },
];
const nameOf = ({ x, outputs, side, stride = 1, pad = 'same' }: Case) =>
  `${side}×${side}${stride === 1 ? '' : `, stride ${stride}`}, ${x.join('×')} to ${outputs}, ${String(pad)}`;

describe('which convolutions have products in bfloat16', () => {
  const isFor = (
    outputs: number,
    options = OURS,
    more: Partial<tf.backend_util.Conv2DInfo> = {},
    channels = 32,
  ) => isForBfloat16({ ...infoOf({ x: [1, 8, 8, channels], outputs, side: 3 }), ...more }, options);

  it('are square, with 32 channels on both sides, where the operations are there', () => {
    expect(isFor(32)).toBe(true);
    expect(isFor(32, { ...OURS, customOps: new Set(CUSTOM_OPS) })).toBe(false);
    expect([isFor(31), isFor(32, OURS, {}, 31)]).toEqual([false, false]);
    expect(isFor(32, OURS, { strideHeight: 2, strideWidth: 2 })).toBe(true);
    for (const more of [
      { strideHeight: 2 },
      { strideWidth: 2 },
      { dilationHeight: 2 },
      { dilationWidth: 2 },
      { filterWidth: 1 },
    ])
      expect(isFor(32, OURS, more)).toBe(false);
  });
});

const { customOps, why }: Pick<TestKernels, 'customOps' | 'why'> = NO_TENSORFLOW
  ? { customOps: null, why: NO_TENSORFLOW }
  : await openTestKernels();
const isThere = customOps !== null && customOps.bfloat16.size > 0;

describe.skipIf(!isThere)(
  `a convolution in bfloat16${isThere ? '' : ` (${customOps ? 'a processor without tiles for it' : why})`}`,
  () => {
    beforeAll(() => customOps?.setThreads(2));

    it.each(CASES.map((each) => [nameOf(each), each] as const))(
      'is that of the reference on rounded values, on any number of threads: %s',
      (_, each) => {
        const inputs = inputsOf(each);
        for (const name of NAMES) {
          const known = Object.entries(inputs[name]).map(([key, value]) => [key, rounded(value)]);
          const [expected] = runKernel('cpu', name, Object.fromEntries(known), attrsOf(each));
          let first: Numbers['values'] | undefined;
          for (const threads of [1, 2, 3]) {
            customOps!.setThreads(threads);
            const { shape, values } = compute(OPERATIONS, name, each, inputs[name]);
            expect(shape).toEqual(expected.shape);
            // Products of rounded values are exact in single precision, in which both add them up.
            if (!first) expectClose(values, expected.values, 4e-6, name);
            else expect(Buffer.compare(bytes(values), bytes(first)), `${name}: same bits`).toBe(0);
            first ??= values;
          }
        }
      },
    );

    it.each([1, 2])('takes the place of other convolutions, of stride %d', (stride) => {
      const each: Case = { x: [2, 9, 8, 48], outputs: 32, side: 3, stride };
      const inputs = inputsOf(each);
      for (const name of NAMES) {
        const [{ values }] = runTensorflowKernel(name, inputs[name], attrsOf(each), OURS);
        expect(
          Buffer.compare(bytes(values), bytes(compute(OPERATIONS, name, each, inputs[name]).values)),
          name,
        ).toBe(0);
      }
    });

    it('errs by what its 8 bits say', () => {
      const each: Case = { x: [1, 12, 12, 160], outputs: 16, side: 3 };
      const inputs = inputsOf(each);
      for (const name of NAMES) {
        const [exact] = runKernel('cpu', name, inputs[name], attrsOf(each));
        const { values } = compute(OPERATIONS, name, each, inputs[name]);
        const squares = (of: (i: number) => number): number =>
          values.reduce((sum, _, i) => sum + of(i) ** 2, 0);
        const error = Math.sqrt(
          squares((i) => values[i] - exact.values[i]) / squares((i) => exact.values[i]),
        );
        // Each factor is off by up to 2⁻⁹ of itself, evenly: by a rms of 2⁻⁹/√3 times what the leading digit allows.
        expect(error, name).toBeGreaterThan(5e-4);
        expect(error, name).toBeLessThan(4e-3);
      }
    });

    it('replayed gives the bits of eager execution', async () => {
      const each: Case = { x: [3, 8, 9, 64], outputs: 48, side: 3 };
      const { x, filter } = inputsOf(each).Conv2D;
      const input = ({ shape }: Numbers) => ({ shape, dtype: 'float32' }) as const;
      const step = (given: Readonly<Record<string, tf.Tensor>>) => {
        const y = convolveBfloat16(given.x, given.filter, infoOf(each));
        const dx = bfloat16InputGrad(y, given.filter, infoOf(each));
        return { y, dx, dFilter: bfloat16FilterGrad(given.x, y, infoOf(each)) };
      };
      const inputs = { x: input(x), filter: input(filter) };
      const { record } = await openTestTensorflow();
      const program = record({ inputs, phases: [step], batch: 3 });
      const values = { x: x.values as Float32Array, filter: filter.values as Float32Array };
      const replayed = await program.run(values);
      program.dispose();
      tf.tidy(() => {
        const given = {
          x: tf.tensor(values.x, [...x.shape]),
          filter: tf.tensor(values.filter, [...filter.shape]),
        };
        for (const [key, tensor] of Object.entries(step(given)))
          expect(Buffer.compare(bytes(replayed[key]), bytes(tensor.dataSync())), key).toBe(0);
      });
    });

    it('gives an image the same numbers in any batch', () => {
      const filter = uniform([3, 3, 40, 32], 1);
      const all = uniform([5, 9, 9, 40]);
      const convolve = (x: Numbers): Numbers['values'] =>
        compute(OPERATIONS, 'Conv2D', { x: x.shape as Shape4D, outputs: 32, side: 3 }, { x, filter }).values;
      const together = convolve(all);
      for (const b of [0, 3]) {
        const image = all.values.slice(b * 81 * 40, (b + 1) * 81 * 40);
        expect(convolve({ shape: [1, 9, 9, 40], values: image })).toEqual(
          together.slice(b * 81 * 32, (b + 1) * 81 * 32),
        );
      }
    });

    it('keeps NaN, so that a run that diverged is seen, and to the places that depend on it', () => {
      const each: Case = { x: [2, 8, 8, 32], outputs: 32, side: 3 };
      const { Conv2D, Conv2DBackpropFilter } = inputsOf(each);
      // The last place of the last image, behind which there is what means nothing.
      Conv2D.x.values[Conv2D.x.values.length - 1] = NaN;
      const y = compute(OPERATIONS, 'Conv2D', each, Conv2D).values;
      const places = Array.from(y, (value, i) => (Number.isNaN(value) ? Math.floor(i / 32) : -1));
      expect([...new Set(places.filter((place) => place >= 0))]).toEqual([
        64 + 54,
        64 + 55,
        64 + 62,
        64 + 63,
      ]);
      const { dy } = Conv2DBackpropFilter;
      const dFilter = compute(OPERATIONS, 'Conv2DBackpropFilter', each, { x: Conv2D.x, dy }).values;
      const channels = Array.from(dFilter, (value, i) =>
        Number.isNaN(value) ? Math.floor(i / 32) % 32 : -1,
      );
      expect([...new Set(channels.filter((channel) => channel >= 0))]).toEqual([31]);
    });
  },
);
