import { Conv2D, type NamedAttrMap, type TensorInfo } from '../../../tf-core.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { errorOf, exactConvolutions } from '../../../exact-convolutions.testing.js';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';
import { convKernels } from '../tfjs/conv.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

type Shape4D = [number, number, number, number];
type Padding = 'same' | 'valid' | number;

function attrsOf(pad: Padding): NamedAttrMap {
  const attrs = { strides: [1, 1], pad, dataFormat: 'NHWC', dilations: [1, 1] };
  return typeof pad === 'number' ? { ...attrs, dimRoundingMode: 'floor' } : attrs;
}

/** Runs `work` and returns the routines that were called, by name. */
function kernelsCalled(work: () => void): Set<string> {
  const names = new Set<string>();
  const { pool } = backend;
  const run = vi.spyOn(pool, 'call').mockImplementation((routine, ...args) => {
    names.add(routine.name);
    Object.getPrototypeOf(pool).call.call(pool, routine, ...args);
  });
  try {
    work();
  } finally {
    run.mockRestore();
  }
  return names;
}

interface Case {
  readonly x: Shape4D;
  readonly outputs: number;
  readonly pad?: Padding;
}

const CASES: Case[] = [
  // Whole tiles, tiles cut off below and on the right, tiles larger than the image.
  { x: [2, 8, 8, 16], outputs: 16 },
  { x: [1, 9, 11, 12], outputs: 20 },
  { x: [3, 7, 6, 4], outputs: 24 },
  { x: [2, 3, 3, 8], outputs: 8 },
  { x: [1, 4, 21, 8], outputs: 4 },
  // Other paddings: also none, and more than the filter can reach.
  { x: [2, 10, 9, 8], outputs: 12, pad: 'valid' },
  { x: [1, 6, 7, 8], outputs: 12, pad: 2 },
  { x: [1, 6, 6, 4], outputs: 8, pad: 3 },
  // More channels than are multiplied at a time, more outputs than a block, panels that are not full.
  { x: [1, 6, 6, 164], outputs: 12 },
  { x: [1, 8, 7, 324], outputs: 4 },
  { x: [1, 6, 6, 40], outputs: 60 },
  { x: [1, 6, 6, 4], outputs: 132 },
  // More tiles than one block of products, and than are transformed at a time.
  { x: [1, 49, 50, 4], outputs: 8 },
  { x: [1, 76, 76, 84], outputs: 4 },
  // Groups of tiles that stand side by side, since they have few channels: 41, 4 and 2 of them.
  { x: [1, 90, 90, 4], outputs: 4 },
  { x: [1, 23, 26, 40], outputs: 12 },
  { x: [1, 22, 21, 72], outputs: 4 },
];

const nameOf = ({ x, outputs, pad = 'same' }: Case) => `${x.join('×')} to ${outputs}, ${pad}`;

describe("Winograd's convolution agrees with tf.js", () => {
  for (const each of CASES) {
    const { x, outputs, pad = 'same' } = each;
    const filterShape = [3, 3, x[3], outputs];
    const grow = pad === 'same' ? 0 : pad === 'valid' ? -2 : 2 * pad - 2;
    const outShape = [x[0], x[1] + grow, x[2] + grow, outputs];
    const attrs = attrsOf(pad);

    it(`Conv2D and FusedConv2D ${nameOf(each)}`, () => {
      const inputs = { x: uniform(x), filter: uniform(filterShape, 1) };
      const tolerance = 3e-6 + 3e-8 * x[3];
      const called = kernelsCalled(() => expectSameAsCpu(backend, 'Conv2D', inputs, attrs, { tolerance }));
      expect(called).toContain('winogradMultiply');
      for (const activation of ['linear', 'relu']) {
        const fused = { ...inputs, bias: uniform([outputs], 2) };
        expectSameAsCpu(backend, 'FusedConv2D', fused, { ...attrs, activation }, { tolerance });
      }
    });

    it(`Conv2DBackpropInput ${nameOf(each)}`, () => {
      const inputs = { dy: uniform(outShape), filter: uniform(filterShape, 1) };
      const called = kernelsCalled(() =>
        expectSameAsCpu(
          backend,
          'Conv2DBackpropInput',
          inputs,
          { ...attrs, inputShape: x },
          { tolerance: 6e-6 },
        ),
      );
      expect(called).toContain('winogradMultiply');
    });

    it(`Conv2DBackpropFilter ${nameOf(each)}`, () => {
      const inputs = { x: uniform(x), dy: uniform(outShape, 1) };
      const called = kernelsCalled(() =>
        expectSameAsCpu(
          backend,
          'Conv2DBackpropFilter',
          inputs,
          { ...attrs, filterShape },
          { tolerance: 6e-6 },
        ),
      );
      expect(called).toContain('winogradGrad');
    });
  }

  it('adds up the gradients to the weights of more tiles than are transformed at a time', () => {
    const shape = [1, 272, 264, 4];
    const inputs = { x: uniform(shape), dy: uniform(shape, 1) };
    const calls = vi.spyOn(backend.pool, 'call');
    const attrs = { ...attrsOf('same'), filterShape: [3, 3, 4, 4] };
    runKernel(WASM_BACKEND, 'Conv2DBackpropFilter', inputs, attrs);
    expect(calls.mock.calls.filter(([{ name }]) => name === 'winogradGrad')).toHaveLength(2);
    calls.mockRestore();
    expectSameAsCpu(backend, 'Conv2DBackpropFilter', inputs, attrs, { tolerance: 6e-6 });
  });
});

describe('other convolutions are products of gathered rows', () => {
  const filterShape = [3, 3, 8, 8];
  const cases: [string, number[], number[], object][] = [
    ['5×5 pixels', [1, 5, 5, 8], filterShape, {}],
    ['channels not a multiple of 4', [1, 8, 8, 6], [3, 3, 6, 8], {}],
    ['outputs not a multiple of 4', [1, 8, 8, 8], [3, 3, 8, 10], {}],
    ['stride 2', [1, 8, 8, 8], filterShape, { strides: [2, 2] }],
    ['dilation 2', [1, 8, 8, 8], filterShape, { dilations: [2, 2] }],
    ['5×5 weights', [1, 8, 8, 8], [5, 5, 8, 8], {}],
  ];
  it.each(cases)('%s', (_name, x, filter, other) => {
    const inputs = { x: uniform(x), filter: uniform(filter, 1) };
    const called = kernelsCalled(() =>
      runKernel(WASM_BACKEND, 'Conv2D', inputs, { ...attrsOf('same'), ...other }),
    );
    expect(called).toContain('convolve');
    expect(called).not.toContain('winogradMultiply');
  });
});

describe('rounding errors, on images after a relu and weights after He et al.', () => {
  // A plain sum in float32 has rms errors of 5e-7 to 1e-6 here; F(4×4, 3×3) on the points 0, ±1, ±2, ∞ has
  // 2.3e-6 and more.
  it.each([
    [12, 160],
    [8, 640],
  ])('are small at %i² places of %i channels', (size, channels) => {
    for (const { name, inputs, attrs, exact } of exactConvolutions(size, channels)) {
      const [{ values }] = runKernel(WASM_BACKEND, name, inputs, attrs);
      const { rms, worst } = errorOf(values, exact);
      expect(rms, `${name}, rms`).toBeLessThan(2e-6);
      expect(worst, `${name}, largest`).toBeLessThan(1.5e-5);
    }
  });
});

describe('what a convolution does besides', () => {
  it('gives an image the same numbers in any batch', () => {
    const filter = uniform([3, 3, 8, 8], 1);
    const all = uniform([5, 9, 9, 8]);
    const size = 9 * 9 * 8;
    const [together] = runKernel(WASM_BACKEND, 'Conv2D', { x: all, filter }, attrsOf('same'));
    for (const b of [0, 3]) {
      const x = { shape: [1, 9, 9, 8], values: all.values.slice(b * size, (b + 1) * size) };
      const [alone] = runKernel(WASM_BACKEND, 'Conv2D', { x, filter }, attrsOf('same'));
      expect(alone.values).toEqual(together.values.slice(b * size, (b + 1) * size));
    }
  });

  it('keeps NaN, so that a run that diverged is seen', () => {
    const x = uniform([1, 8, 8, 8]);
    x.values[0] = NaN;
    const inputs = { x, filter: uniform([3, 3, 8, 8], 1), bias: uniform([8], 2) };
    const [{ values }] = runKernel(WASM_BACKEND, 'FusedConv2D', inputs, {
      ...attrsOf('same'),
      activation: 'relu',
    });
    expect(values[0]).toBeNaN();
  });

  it('takes no more memory for more images', () => {
    const most = 12.5 * 2 ** 20 + backend.pool.threads * 2 ** 20;
    const tensor = (shape: Shape4D): TensorInfo => backend.output(shape);
    const conv = convKernels.find(({ name }) => name === Conv2D)!;
    const grad = convKernels.find(({ name }) => name === 'Conv2DBackpropFilter')!;
    const scratch = vi.spyOn(backend, 'scratch');
    for (const [batch, size, channels] of [
      [1, 512, 4],
      [24, 32, 160],
      [200, 8, 64],
    ]) {
      const [x, filter] = [tensor([batch, size, size, channels]), tensor([3, 3, channels, channels])];
      const attrs = { ...attrsOf('same'), filterShape: filter.shape };
      const outputs = [
        conv.run(backend, { x, filter }, attrs),
        grad.run(backend, { x, dy: x }, attrs),
      ] as TensorInfo[];
      for (const { dataId } of [x, filter, ...outputs]) backend.disposeData(dataId);
    }
    expect(scratch).toHaveBeenCalledTimes(6);
    for (const [bytes] of scratch.mock.calls) expect(bytes).toBeLessThan(most);
    scratch.mockRestore();
  });
});
