import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const SHAPES = [[1], [7], [3, 5, 2], [40, 33, 37]];

describe('elementwise kernels', () => {
  for (const shape of SHAPES) {
    it(`agree with tf.js on [${shape.join(', ')}]`, () => {
      for (const name of ['Relu', 'Sigmoid', 'Exp', 'Neg', 'Square', 'Abs', 'Swish', 'Identity']) {
        expectSameAsCpu(backend, name, { x: uniform(shape, 0, -9, 9) }, {}, { tolerance: 3e-7 });
      }
      expectSameAsCpu(backend, 'Sqrt', { x: uniform(shape, 0, 0, 9) });
      for (const name of ['Add', 'Sub', 'Multiply', 'RealDiv']) {
        const [a, b] = [uniform(shape, 0), uniform(shape, 1, 1, 2)];
        expectSameAsCpu(backend, name, { a, b });
        expectSameAsCpu(backend, name, { a, b: uniform([], 1, 1, 2) });
        expectSameAsCpu(backend, name, { a: uniform([1, 1, 1, 1], 1, 1, 2), b });
        expectSameAsCpu(backend, name, { a, b: uniform(shape.slice(-1), 1, 1, 2) });
      }
      expectSameAsCpu(backend, 'Add', { a: uniform(shape.slice(-1)), b: uniform(shape) });
      expectSameAsCpu(backend, 'AddN', { 0: uniform(shape), 1: uniform(shape, 1), 2: uniform(shape, 2) });
      for (const name of ['SwishGrad', 'ReluGradient', 'SigmoidGradient']) {
        const y = uniform(shape, 1, -5, 5);
        expectSameAsCpu(backend, name, { dy: uniform(shape), x: y, y }, {});
      }
    });
  }

  it('scale the channels of images', () => {
    expectSameAsCpu(backend, 'Multiply', { a: uniform([2, 5, 3, 6]), b: uniform([2, 1, 1, 6], 1) });
    expectSameAsCpu(backend, 'Multiply', { a: uniform([2, 1, 1, 6]), b: uniform([2, 5, 3, 6], 1) });
  });

  it('keep NaN and the infinities', () => {
    const values = Float32Array.of(NaN, Infinity, -Infinity, -200, 200, -100, 100, 0);
    const [exp] = runKernel(WASM_BACKEND, 'Exp', { x: { shape: [8], values } });
    expect([...exp.values]).toEqual([NaN, Infinity, 0, 0, Infinity, 0, Infinity, 1]);
    const [relu] = runKernel(WASM_BACKEND, 'Relu', { x: { shape: [8], values } });
    expect([...relu.values]).toEqual([NaN, Infinity, 0, 0, 200, 0, 100, 0]);
    const [swish] = runKernel(WASM_BACKEND, 'Swish', { x: { shape: [8], values } });
    expect(swish.values[0]).toBeNaN();
    expect(swish.values[4]).toBe(200);
    expect(Math.abs(swish.values[3])).toBeLessThan(1e-30);
  });

  it('reshape without a copy', () => {
    expectSameAsCpu(backend, 'Reshape', { x: uniform([4, 6]) }, { shape: [3, -1] });
    expectSameAsCpu(backend, 'Cast', { x: uniform([4, 6]) }, { dtype: 'float32' });
    expectSameAsCpu(backend, 'Cast', { x: uniform([4, 6]) }, { dtype: 'int32' }, { mayFallBack: true });
  });
});

describe('reductions', () => {
  const cases: [number[], number[]][] = [
    [[5, 7], [0]],
    [[5, 7], [1]],
    [
      [5, 7],
      [0, 1],
    ],
    [[200000], [0]],
    [[3000, 37], [0]],
    [[3000, 37], [1]],
    [
      [2, 50, 60, 13],
      [0, 1, 2],
    ],
    [
      [2, 50, 60, 13],
      [1, 2],
    ],
    [
      [2, 1, 60, 13],
      [0, 2],
    ],
    [[2, 5, 6, 3], [3]],
    [
      [1, 1],
      [0, 1],
    ],
    [[4, 1], [1]],
    [
      [4, 5, 6],
      [0, 2],
    ],
    [
      [3, 4, 2, 5, 3],
      [0, 2, 4],
    ],
  ];
  for (const [shape, axis] of cases) {
    it(`over axes ${axis.join(', ')} of [${shape.join(', ')}]`, () => {
      for (const name of ['Sum', 'Mean']) {
        for (const keepDims of [false, true]) {
          expectSameAsCpu(
            backend,
            name,
            { x: uniform(shape, 0, -1, 2) },
            { axis, keepDims },
            { tolerance: 2e-6 },
          );
        }
      }
    });
  }

  for (const [shape, axis] of cases) {
    it(`largest and smallest over axes ${axis.join(', ')} of [${shape.join(', ')}]`, () => {
      const x = uniform(shape, 0, -1, 2);
      for (const keepDims of [false, true]) {
        expectSameAsCpu(backend, 'Max', { x }, { reductionIndices: axis, keepDims }, { tolerance: 0 });
        expectSameAsCpu(backend, 'Min', { x }, { axis, keepDims }, { tolerance: 0 });
      }
    });
  }

  it.each(['Max', 'Min'])('%s lets NaN through', (name) => {
    const x = uniform([3, 9]);
    x.values[13] = NaN;
    const rows = runKernel(WASM_BACKEND, name, { x }, { axis: [1], keepDims: false })[0].values;
    expect([...rows].map(Number.isNaN)).toEqual([false, true, false]);
    const columns = runKernel(WASM_BACKEND, name, { x }, { axis: [0], keepDims: false })[0].values;
    expect([...columns].findIndex(Number.isNaN)).toBe(4);
  });

  for (const shape of [
    [2, 5, 3, 6],
    [1, 60, 50, 33],
    [3, 1, 1, 1],
    [20, 4, 4, 8],
  ]) {
    it(`squeeze and excitation over [${shape.join(', ')}]`, () => {
      const [batch, , , channels] = shape;
      const scale = uniform([batch, channels], 1);
      expectSameAsCpu(backend, 'GlobalAveragePool', { x: uniform(shape) });
      expectSameAsCpu(backend, 'GlobalAveragePoolGrad', { dy: scale }, { inputShape: shape });
      expectSameAsCpu(backend, 'ChannelScale', { x: uniform(shape), scale });
      expectSameAsCpu(backend, 'ChannelScaleGrad', { dy: uniform(shape, 2), x: uniform(shape), scale });
    });
  }
});
