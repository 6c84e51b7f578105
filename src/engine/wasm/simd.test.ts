import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from './backend.js';
import { expectSameAsCpu, openTestBackend, uniform } from './testing.js';

const GIB = 2 ** 30;
const same = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };

/** One of each family of kernels. */
function expectFamiliesToAgree(backend: WasmBackend): void {
  const shape = [2, 9, 8, 20];
  const x = uniform(shape);
  const dy = uniform(shape, 1);
  const attrs = { ...same, inputShape: shape };
  const dense = uniform([3, 3, 20, 20], 2);
  expectSameAsCpu(backend, 'Conv2D', { x, filter: dense }, attrs);
  expectSameAsCpu(backend, 'Conv2DBackpropInput', { dy, filter: dense }, attrs);
  expectSameAsCpu(backend, 'Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: dense.shape });
  const filter = uniform([5, 5, 20, 1], 3);
  expectSameAsCpu(backend, 'DepthwiseConv2dNative', { x, filter }, attrs);
  expectSameAsCpu(backend, 'DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs);
  const filterShape = filter.shape;
  expectSameAsCpu(backend, 'DepthwiseConv2dNativeBackpropFilter', { x, dy }, { ...attrs, filterShape });
  const kernel = uniform([2, 9, 8, 2 * 49], 4);
  const involution = { kernelSize: 7, groups: 2, stride: 1, dilation: 1, inputShape: shape };
  expectSameAsCpu(backend, 'Involution', { x, kernel }, involution);
  expectSameAsCpu(backend, 'InvolutionBackpropInput', { dy, kernel }, involution);
  expectSameAsCpu(backend, 'InvolutionBackpropKernel', { dy, x }, involution);
  const softmax = { ...involution, mask: true, height: 9, width: 8 };
  expectSameAsCpu(backend, 'NeighbourhoodSoftmax', { logits: kernel }, softmax);
  const parameters = { scale: uniform([20], 5), offset: uniform([20], 6) };
  const norm = { epsilon: 1e-3, activation: 'swish' };
  expectSameAsCpu(backend, 'BatchNormTraining', { x, ...parameters }, norm);
  const moments = { mean: uniform([20], 7), variance: uniform([20], 8, 0.5, 1) };
  expectSameAsCpu(backend, 'BatchNormTrainingGrad', { dy, x, ...parameters, ...moments }, norm);
  const narrow = { ...involution, groups: 20, kernelSize: 3 };
  const taps = uniform([2, 9, 8, 20 * 9], 10);
  expectSameAsCpu(backend, 'Involution', { x, kernel: taps }, narrow);
  expectSameAsCpu(backend, 'InvolutionBackpropInput', { dy, kernel: taps }, narrow);
  expectSameAsCpu(backend, 'InvolutionBackpropKernel', { dy, x }, narrow);
  const pool = { filterSize: [3, 3], strides: [1, 1], pad: 'same' };
  expectSameAsCpu(backend, 'MaxPool', { x }, pool);
  expectSameAsCpu(backend, 'AvgPoolGrad', { dy, input: x }, pool);
  expectSameAsCpu(backend, 'Transpose', { x }, { perm: [0, 3, 1, 2] });
  expectSameAsCpu(backend, 'Concat', { 0: x, 1: dy }, { axis: 3 });
  const paddings = [[0, 0], [1, 2], [2, 0], [0, 0]]; // prettier-ignore
  expectSameAsCpu(backend, 'PadV2', { x }, { paddings, constantValue: 0 });
  expectSameAsCpu(backend, 'Softmax', { logits: x }, { dim: 3 });
  expectSameAsCpu(backend, 'Tanh', { x });
  expectSameAsCpu(backend, 'Log', { x: uniform(shape, 11, 0.1, 9) });
  expectSameAsCpu(backend, 'Multiply', { a: x, b: uniform([9, 1, 20], 12) });
  const matrices = { a: uniform([16, 9, 20], 13), b: uniform([16, 20, 7], 14) };
  expectSameAsCpu(backend, 'BatchMatMul', matrices, { transposeA: false, transposeB: false });
  expectSameAsCpu(backend, 'Exp', { x: uniform(shape, 9, -80, 9) });
  expectSameAsCpu(backend, 'Mean', { x }, { axis: [1, 2], keepDims: false });
}

describe('without relaxed SIMD', () => {
  let backend: WasmBackend;
  beforeAll(() => {
    backend = openTestBackend({ threads: 3, relaxedSimd: false });
  });
  afterAll(() => backend.pool.close());

  it('the kernels agree with tf.js too', () => {
    expect(backend.info().relaxedSimd).toBe(false);
    expectFamiliesToAgree(backend);
  });

  it('and above 2 GiB, where addresses are negative as signed numbers', () => {
    const below = backend.sharedMemory.allocate(2.2 * GIB);
    expectFamiliesToAgree(backend);
    backend.sharedMemory.free(below);
    expect(backend.sharedMemory.totalBytes).toBeGreaterThan(2.2 * GIB);
  });
});
