import { FUSED_ACTIVATIONS } from '../../kernels/batch-norm.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WASM_BACKEND } from '../register.js';
import type { WasmBackend } from '../backend.js';
import { type Numbers, expectSameAsCpu, openTestBackend, runKernel, uniform } from '../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const scalar = (value: number): Numbers => ({ shape: [], values: Float32Array.of(value) });

describe('batch normalisation', () => {
  const shapes = [
    [2, 9, 8, 16],
    [3, 5, 7, 5],
    [50, 1],
    [1, 12],
    [2, 40, 40, 36],
    [40, 33],
  ];
  for (const shape of shapes) {
    for (const activation of FUSED_ACTIVATIONS) {
      it(`[${shape.join(', ')}] with ${activation}`, () => {
        const c = shape.slice(-1);
        const attrs = { epsilon: 1e-3, activation };
        const parameters = { scale: uniform(c, 1, 0.5, 2), offset: uniform(c, 2) };
        const x = uniform(shape, 0, -3, 5);
        expectSameAsCpu(backend, 'BatchNormTraining', { x, ...parameters }, attrs);
        const moments = { mean: uniform(c, 3), variance: uniform(c, 4, 0.1, 3) };
        expectSameAsCpu(backend, 'BatchNormInference', { x, ...parameters, ...moments }, attrs);
        const inputs = { dy: uniform(shape, 5), x, ...parameters, ...moments };
        expectSameAsCpu(backend, 'BatchNormTrainingGrad', inputs, attrs, { tolerance: 4e-6 });
      });
    }
  }

  it('loses nothing where the mean is large against the deviation', () => {
    const shape = [4, 30, 30, 8];
    const noise = uniform(shape, 0, -1.7, 1.7);
    const x = { shape, values: noise.values.map((value) => 1000 + value) };
    const parameters = { scale: uniform([8], 1, 0.5, 2), offset: uniform([8], 2) };
    const attrs = { epsilon: 1e-5, activation: 'none' };
    expectSameAsCpu(backend, 'BatchNormTraining', { x, ...parameters }, attrs, { tolerance: 1e-4 });
    const [, mean, variance] = runKernel('cpu', 'BatchNormTraining', { x, ...parameters }, attrs);
    const [, , ours] = runKernel(WASM_BACKEND, 'BatchNormTraining', { x, ...parameters }, attrs);
    variance.values.forEach((value, c) => expect(Math.abs(ours.values[c] / value - 1)).toBeLessThan(2e-6));
    const inputs = { dy: uniform(shape, 5), x, ...parameters, mean, variance };
    expectSameAsCpu(backend, 'BatchNormTrainingGrad', inputs, attrs, { tolerance: 1e-5 });
  });

  it('is not thrown off by a first row far from the rest', () => {
    const x = uniform([900, 4]);
    x.values.fill(500, 0, 4 * 16);
    const inputs = { x, scale: uniform([4], 1, 0.5, 2), offset: uniform([4], 2) };
    expectSameAsCpu(
      backend,
      'BatchNormTraining',
      inputs,
      { epsilon: 1e-5, activation: 'none' },
      { tolerance: 1e-5 },
    );
  });
});

describe('optimizer updates', () => {
  for (const shape of [[], [5], [3, 3, 20, 100]]) {
    it(`of [${shape.join(', ')}]`, () => {
      const [parameter, gradient, other] = [uniform(shape), uniform(shape, 1), uniform(shape, 2)];
      const square = uniform(shape, 3, 0, 1);
      const learningRate = scalar(0.01);
      const powers = { beta1Power: scalar(0.9 ** 3), beta2Power: scalar(0.999 ** 3) };
      expectSameAsCpu(
        backend,
        'AdamUpdate',
        { parameter, gradient, firstMoment: other, secondMoment: square, learningRate, ...powers },
        { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05 },
      );
      for (const nesterov of [false, true]) {
        const inputs = { parameter, gradient, velocity: other, learningRate };
        expectSameAsCpu(backend, 'SgdUpdate', inputs, { momentum: 0.9, nesterov, weightDecay: 0.01 });
      }
      expectSameAsCpu(
        backend,
        'RmsPropUpdate',
        { parameter, gradient, meanSquare: square, velocity: other, learningRate },
        { decay: 0.9, momentum: 0.9, epsilon: 1e-3, weightDecay: 0.01 },
      );
      expectSameAsCpu(
        backend,
        'MovingAverageUpdate',
        { average: parameter, value: gradient },
        { decay: 0.999 },
      );
    });
  }
});

describe('dropout', () => {
  for (const shape of [[7], [4, 9, 3], [3, 70, 80]]) {
    it(`drops the same values of [${shape.join(', ')}] bit for bit`, () => {
      for (const value of [3, -77123]) {
        const seed: Numbers = { shape: [], values: Int32Array.of(value), dtype: 'int32' };
        for (const perSample of [false, true]) {
          const inputs = { x: uniform(shape), seed, rate: scalar(0.3), scale: scalar(1 / 0.7) };
          const attrs = { stream: 41, perSample };
          expectSameAsCpu(backend, 'SeededDropout', inputs, attrs, { tolerance: 0 });
        }
      }
    });
  }
});
