import * as tf from '../../../tf-core.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf, exactConvolutions } from '../../../exact-convolutions.testing.js';
import { runKernel } from '../../../wasm/testing.js';
import { CUSTOM_OPS } from '../../native/load.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../../testing.js';
import type { KernelOptions } from '../kernel.js';
import {
  expectClose,
  expectLikeReference,
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
  type Computed,
  type Shape4D,
} from './convolution-cases.testing.js';
import { isForWinograd, winograd, winogradFilterGrad, winogradInputGrad } from './winograd.js';

const OURS: KernelOptions = { onGpu: false, customOps: new Set(CUSTOM_OPS) };
const OPERATIONS: Algorithm = {
  Conv2D: winograd,
  Conv2DBackpropInput: winogradInputGrad,
  Conv2DBackpropFilter: winogradFilterGrad,
};

const CASES: Case[] = [
  // Whole tiles, tiles cut off below and on the right, tiles larger than the map.
  { x: [2, 8, 8, 32], outputs: 64 },
  { x: [3, 7, 7, 16], outputs: 32 },
  { x: [2, 5, 3, 20], outputs: 24 },
  { x: [4, 1, 1, 16], outputs: 16 },
  { x: [1, 2, 13, 8], outputs: 40 },
  // Channels that fill no vector, and less than one.
  { x: [2, 9, 11, 33], outputs: 70 },
  { x: [2, 6, 7, 3], outputs: 5 },
  { x: [1, 4, 4, 1], outputs: 1 },
  // Other paddings: also none, more than the filter can reach, not the same on all sides.
  { x: [2, 10, 9, 8], outputs: 12, pad: 'valid' },
  { x: [1, 3, 3, 8], outputs: 12, pad: 'valid' },
  { x: [1, 6, 7, 8], outputs: 12, pad: [2, 2, 2, 2] },
  { x: [1, 6, 6, 4], outputs: 8, pad: [3, 3, 3, 3] },
  { x: [2, 6, 7, 17], outputs: 12, pad: [0, 2, 1, 0] },
  // More channels than are multiplied at a time, the last block not full.
  { x: [1, 6, 6, 164], outputs: 36 },
  { x: [1, 8, 7, 324], outputs: 17 },
  // More tiles than one block of products, and than are transformed at a time: forwards, for the filter.
  { x: [2, 37, 39, 4], outputs: 8 },
  { x: [1, 172, 172, 4], outputs: 4 },
];
const nameOf = ({ x, outputs, pad = 'same' }: Case) => `${x.join('×')} to ${outputs}, ${String(pad)}`;

describe('which convolutions Winograd’s algorithm computes', () => {
  const isFor = (
    x: Shape4D,
    outputs: number,
    options = OURS,
    more: Partial<tf.backend_util.Conv2DInfo> = {},
  ) => isForWinograd({ ...infoOf({ x, outputs }), ...more }, options);

  it('are of 3×3, of stride 1, with channels enough and maps not too small', () => {
    for (const [size, channels] of [
      [32, 160],
      [16, 320],
      [8, 640],
      [7, 512],
    ])
      expect(isFor([1, size, size, channels], channels)).toBe(true);
    expect(isFor([1, 32, 32, 3], 160)).toBe(false);
    expect(isFor([1, 32, 32, 160], 10)).toBe(false);
    expect(isFor([64, 2, 2, 512], 512)).toBe(false);
    const x: Shape4D = [1, 32, 32, 160];
    expect(isFor(x, 160, OURS, { strideHeight: 2, strideWidth: 2 })).toBe(false);
    expect(isFor(x, 160, OURS, { dilationWidth: 2 })).toBe(false);
    expect(isFor(x, 160, OURS, { filterHeight: 5 })).toBe(false);
  });

  it('are computed on the processor, where there are custom operations', () => {
    expect(isFor([1, 32, 32, 160], 160, { ...OURS, onGpu: true })).toBe(false);
    expect(isFor([1, 32, 32, 160], 160, { ...OURS, customOps: new Set() })).toBe(false);
  });
});

const { customOps, why }: Pick<TestKernels, 'customOps' | 'why'> = NO_TENSORFLOW
  ? { customOps: null, why: NO_TENSORFLOW }
  : await openTestKernels();

describe.skipIf(customOps === null)(`Winograd’s convolution${customOps ? '' : ` (${why})`}`, () => {
  beforeAll(() => customOps?.setThreads(2));

  it.each(CASES.map((each) => [nameOf(each), each] as const))(
    'is that of the reference, on any number of threads: %s',
    (_, each) => {
      const inputs = inputsOf(each);
      for (const name of NAMES) {
        const [expected] = runKernel('cpu', name, inputs[name], attrsOf(each));
        let first: Numbers['values'] | undefined;
        for (const threads of [1, 2, 3]) {
          customOps!.setThreads(threads);
          const { shape, values } = compute(OPERATIONS, name, each, inputs[name]);
          expect(shape).toEqual(expected.shape);
          // The reference adds up in single precision too.
          if (!first) expectClose(values, expected.values, 6e-6, name);
          else expect(Buffer.compare(bytes(values), bytes(first)), `${name}: same bits`).toBe(0);
          first ??= values;
        }
      }
    },
  );

  it('takes the place of stock convolutions', async () => {
    const each: Case = { x: [2, 9, 8, 48], outputs: 32 };
    const inputs = inputsOf(each);
    for (const name of NAMES)
      await expectLikeReference(name, inputs[name], attrsOf(each), { tolerance: 6e-6 });
  });

  // A plain sum in float32 has rms errors of 5e-7 to 1e-6 here.
  it.each([
    [12, 160],
    [8, 640],
  ])('has small rounding errors at %i² places of %i channels', (size, channels) => {
    for (const { name, inputs, exact } of exactConvolutions(size, channels)) {
      const each: Case = { x: [1, size, size, channels], outputs: 16 };
      const { rms, worst } = errorOf(compute(OPERATIONS, name, each, inputs).values, exact);
      expect(rms, `${name}, rms`).toBeLessThan(2e-6);
      expect(worst, `${name}, largest`).toBeLessThan(1.5e-5);
    }
  });

  it('has the gradients that differences of its values give', () => {
    const each: Case = { x: [2, 7, 6, 32], outputs: 32 };
    const { Conv2D, Conv2DBackpropInput } = inputsOf(each);
    const dy = Conv2DBackpropInput.dy;
    const dot = (a: Computed, b: Numbers) => a.values.reduce((sum, v, i) => sum + v * b.values[i], 0);
    const loss = (x: Numbers, filter: Numbers): number =>
      dot(compute(OPERATIONS, 'Conv2D', each, { x, filter }), dy);
    const { x, filter } = Conv2D;
    const along = (at: Numbers, way: Numbers, step: number): Numbers => ({
      ...at,
      values: Float32Array.from(at.values, (value, i) => value + step * way.values[i]),
    });
    const [wayX, wayFilter] = [uniform(x.shape, 8), uniform(filter.shape, 9)];
    const dx = compute(OPERATIONS, 'Conv2DBackpropInput', each, { dy, filter });
    const dFilter = compute(OPERATIONS, 'Conv2DBackpropFilter', each, { x, dy });
    // Linear in each: the difference is exact but for rounding.
    const byX = (loss(along(x, wayX, 0.5), filter) - loss(along(x, wayX, -0.5), filter)) / dot(dx, wayX);
    const byFilter =
      (loss(x, along(filter, wayFilter, 0.5)) - loss(x, along(filter, wayFilter, -0.5))) /
      dot(dFilter, wayFilter);
    expect(byX).toBeCloseTo(1, 3);
    expect(byFilter).toBeCloseTo(1, 3);
  });

  it('replayed gives the bits of eager execution', async () => {
    const each: Case = { x: [3, 8, 9, 64], outputs: 48 };
    const { x, filter } = inputsOf(each).Conv2D;
    const input = ({ shape }: Numbers) => ({ shape, dtype: 'float32' }) as const;
    const step = (given: Readonly<Record<string, tf.Tensor>>) => {
      const y = winograd(given.x, given.filter, infoOf(each));
      const dx = winogradInputGrad(y, given.filter, infoOf(each));
      return { y, dx, dFilter: winogradFilterGrad(given.x, y, infoOf(each)) };
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
      compute(OPERATIONS, 'Conv2D', { x: x.shape as Shape4D, outputs: 32 }, { x, filter }).values;
    const together = convolve(all);
    for (const b of [0, 3]) {
      const image = all.values.slice(b * 81 * 40, (b + 1) * 81 * 40);
      expect(convolve({ shape: [1, 9, 9, 40], values: image })).toEqual(
        together.slice(b * 81 * 32, (b + 1) * 81 * 32),
      );
    }
  });

  it('keeps NaN, so that a run that diverged is seen', () => {
    const { Conv2D } = inputsOf({ x: [1, 8, 8, 32], outputs: 32 });
    Conv2D.x.values[0] = NaN;
    const attrs = { ...attrsOf({ x: [1, 8, 8, 32], outputs: 32 }), activation: 'relu' };
    const [{ values }] = runTensorflowKernel('FusedConv2D', Conv2D, attrs, OURS);
    expect(values[0]).toBeNaN();
  });

  it('keeps no more memory for more images', () => {
    const run = (x: Shape4D): number => {
      const each: Case = { x, outputs: x[3] };
      const [map, filter] = [ones(x), ones([3, 3, x[3], x[3]])];
      for (const name of NAMES) compute(OPERATIONS, name, each, { x: map, dy: map, filter });
      return customOps!.scratchBytes() / 2 ** 20;
    };
    customOps!.setThreads(2);
    // The tiles of both maps of a gradient to a filter, and what each thread has for itself: how many of the
    // threads come to work in a run is up to the machine. Three times the images would be three times the tiles.
    const most = 16 + 3 * 2;
    expect(run([20, 32, 32, 32])).toBeLessThanOrEqual(most);
    expect(run([60, 32, 32, 32])).toBeLessThanOrEqual(most);
    expect(run([4, 8, 8, 320])).toBeLessThanOrEqual(most);
  });
});

function ones(shape: readonly number[]): Numbers {
  return { shape, values: new Float32Array(tf.util.sizeFromShape([...shape])).fill(1) };
}
