import { beforeAll, expect, it } from 'vitest';
import * as tf from '../tf.js';
import { expectClose, expectGolden, openReference, patternTensor, valuesOf } from '../testing.js';
import { callKernel } from './call-kernel.js';
import { ChannelScale, ChannelScaleGrad } from './channel-scale.js';
import { GeluGrad, gelu } from './activations/gelu.js';
import { GlobalAveragePool, GlobalAveragePoolGrad } from './global-average-pool.js';
import { ReluGradient } from './activations/relu-gradient.js';
import { SigmoidGradient } from './activations/sigmoid-gradient.js';
import { SwishGrad, swish } from './activations/swish.js';
import { MovingAverageUpdate } from './updates/moving-average.js';
import golden from './elementwise.golden.json' with { type: 'json' };

beforeAll(openReference);

it('swish and its gradient, from −100 to 100', () => {
  const x = tf.tensor1d(golden.points);
  expectGolden(swish(x), golden.swish);
  expectGolden(callKernel(SwishGrad, { dy: patternTensor(x.shape, 10), x }), golden.swishGrad);
});

it('GELU and its gradient, from −100 to 100', () => {
  const x = tf.tensor1d(golden.points);
  expectGolden(gelu(x), golden.gelu);
  expectGolden(callKernel(GeluGrad, { dy: tf.onesLike(x), x }), golden.geluSlope);
});

it('the gradient of sigmoid from its output', () => {
  const dy = patternTensor([golden.points.length], 10);
  const y = tf.sigmoid(tf.tensor1d(golden.points));
  expectGolden(y, golden.sigmoid);
  expectGolden(callKernel(SigmoidGradient, { dy, y }), golden.sigmoidGrad);
});

it('the gradient of relu from its output: none at zero and below', () => {
  const y = tf.relu(tf.tensor1d([-2, -0, 0, 1e-30, 3]));
  expect(valuesOf(callKernel(ReluGradient, { dy: tf.tensor1d([1, 2, 3, 4, 5]), y }))).toEqual([
    0, 0, 0, 4, 5,
  ]);
});

it('global average pooling and its gradient', () => {
  const shape = [2, 3, 2, 3] as const;
  expectGolden(callKernel(GlobalAveragePool, { x: patternTensor(shape, 11) }), golden.pool);
  const dy = patternTensor<tf.Tensor2D>([2, 3], 14);
  expectGolden(callKernel(GlobalAveragePoolGrad, { dy }, { inputShape: shape }), golden.poolGrad);
});

it('channel scaling and its gradients', () => {
  const x = patternTensor<tf.Tensor4D>([2, 3, 2, 3], 11);
  const scale = patternTensor<tf.Tensor2D>([2, 3], 12);
  expectGolden(callKernel(ChannelScale, { x, scale }), golden.scale);
  const dy = patternTensor<tf.Tensor4D>(x.shape, 13);
  const { dx, dScale } = callKernel(ChannelScaleGrad, { dy, x, scale });
  expectGolden(dx, golden.scaleGradX);
  expectGolden(dScale, golden.scaleGradScale);
});

it('a moving average', () => {
  const average = tf.tensor1d([1, -2, 4]);
  const value = tf.tensor1d([3, 2, 4]);
  expectClose(
    valuesOf(callKernel(MovingAverageUpdate, { average, value }, { decay: 0.75 })),
    [1.5, -1, 4],
    0,
  );
});

it('a NaN comes through each of them', () => {
  const bad = tf.tensor4d([1, NaN, 3, 4], [1, 1, 2, 2]);
  const good = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
  const row = tf.tensor2d([NaN, 2], [1, 2]);
  const isNaN = (tensor: tf.Tensor): boolean[] => valuesOf(tensor).map(Number.isNaN);
  const second = [false, true, false, false];
  expect(isNaN(swish(bad))).toEqual(second);
  expect(isNaN(callKernel(SwishGrad, { dy: bad, x: good }))).toEqual(second);
  expect(isNaN(callKernel(SwishGrad, { dy: good, x: bad }))).toEqual(second);
  expect(isNaN(callKernel(ReluGradient, { dy: bad, y: good }))).toEqual(second);
  expect(isNaN(callKernel(SigmoidGradient, { dy: bad, y: good }))).toEqual(second);
  expect(isNaN(callKernel(GlobalAveragePool, { x: bad }))).toEqual([false, true]);
  expect(isNaN(callKernel(GlobalAveragePoolGrad, { dy: row }, { inputShape: [1, 1, 2, 2] }))).toEqual([
    ...[true, false],
    ...[true, false],
  ]);
  expect(isNaN(callKernel(ChannelScale, { x: good, scale: row }))).toEqual([true, false, true, false]);
  expect(isNaN(callKernel(ChannelScale, { x: bad, scale: tf.tensor2d([1, 1], [1, 2]) }))).toEqual(second);
  expect(isNaN(tf.relu(bad))).toEqual(second);
});
