import * as tf from '../../tf-core.js';
import { beforeAll, describe, it } from 'vitest';
import { NO_TENSORFLOW } from '../testing.js';
import {
  expectClose,
  expectLikeReference,
  openTestKernels,
  runTensorflowKernel,
  uniform,
} from './testing.js';

const same = (shape: readonly number[], pad: number | 'same' | 'valid' | number[][]): string =>
  `${shape.join('×')}, pad ${JSON.stringify(pad)}`;
const around = (top: number, bottom: number, left = top, right = bottom): number[][] => [
  ...[
    [0, 0],
    [top, bottom],
  ],
  ...[
    [left, right],
    [0, 0],
  ],
];

describe.skipIf(NO_TENSORFLOW)(
  `convolutions, pools and copies on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    beforeAll(async () => void (await openTestKernels()));

    const convolutions = [
      { shape: [2, 7, 9, 5], filter: [3, 3, 5, 6], strides: [1, 1], pad: 'same' },
      { shape: [2, 8, 7, 5], filter: [3, 3, 5, 6], strides: [2, 2], pad: 'same' },
      { shape: [2, 8, 8, 3], filter: [3, 2, 3, 4], strides: [2, 1], pad: 'valid' },
      { shape: [2, 9, 8, 4], filter: [3, 3, 4, 8], strides: [1, 1], pad: around(1, 1) },
      { shape: [1, 11, 12, 3], filter: [7, 7, 3, 8], strides: [2, 2], pad: around(3, 3) },
      { shape: [2, 6, 6, 8], filter: [3, 3, 8, 4], strides: [2, 2], pad: around(1, 1) },
      { shape: [2, 7, 6, 8], filter: [1, 1, 8, 4], strides: [2, 2], pad: around(0, 0) },
      { shape: [1, 6, 7, 4], filter: [3, 3, 4, 5], strides: [1, 1], pad: 1 },
      { shape: [1, 6, 7, 4], filter: [3, 3, 4, 5], strides: [1, 1], pad: around(0, 2, 1, 0) },
      { shape: [3, 5, 5, 160], filter: [1, 1, 160, 32], strides: [1, 1], pad: 'same' },
    ] as const;
    it.each(convolutions)('convolution of $shape by $filter, $strides, $pad', async (each) => {
      const { shape, filter, ...rest } = each;
      const attrs = { ...rest, dataFormat: 'NHWC', dilations: 1 };
      const input = shape as unknown as [number, number, number, number];
      const kernel = filter as unknown as [number, number, number, number];
      const pad = attrs.pad as 'same';
      const { outShape } = tf.backend_util.computeConv2DInfo(input, kernel, [...attrs.strides], 1, pad);
      const x = uniform(shape, 1);
      const w = uniform(filter, 2);
      const dy = uniform(outShape, 3);
      const tolerance = 5e-6;
      await expectLikeReference(tf.Conv2D, { x, filter: w }, attrs, { tolerance });
      await expectLikeReference(
        tf.FusedConv2D,
        { x, filter: w },
        { ...attrs, activation: 'linear' },
        {
          tolerance,
        },
      );
      await expectLikeReference(
        tf.Conv2DBackpropInput,
        { dy, filter: w },
        { ...attrs, inputShape: shape },
        { tolerance },
      );
      await expectLikeReference(
        tf.Conv2DBackpropFilter,
        { x, dy },
        { ...attrs, filterShape: filter },
        { tolerance },
      );
    });

    it.each([
      [1, [2, 7, 6, 5], [3, 3]],
      [2, [2, 8, 6, 5], [3, 3]],
      [2, [2, 7, 6, 5], [1, 3]],
      [2, [1, 5, 7, 4], [1, 1]],
    ] as const)(
      'a convolution and a map, each value %i times, of %j by %j',
      async (repeat, shape, window) => {
        const [batch, height, width, channels] = shape;
        const addend = [batch, Math.ceil(height / repeat), Math.ceil(width / repeat), 6];
        await expectLikeReference(
          'ConvolutionAdd',
          { x: uniform(shape, 1), filter: uniform([...window, channels, 6], 2), addend: uniform(addend, 3) },
          { repeat },
          { tolerance: 5e-6 },
        );
      },
    );

    const depthwise = [
      { shape: [2, 9, 7, 32], size: 3, strides: 1, pad: 'same' },
      { shape: [2, 9, 10, 24], size: 5, strides: 1, pad: 'same' },
      { shape: [2, 9, 8, 40], size: 3, strides: 2, pad: 'same' },
      { shape: [1, 8, 9, 17], size: 5, strides: 2, pad: 'same' },
      { shape: [1, 28, 27, 16], size: 5, strides: 2, pad: 'same' },
      { shape: [20, 7, 7, 48], size: 5, strides: 1, pad: 'same' },
      { shape: [2, 2, 2, 33], size: 5, strides: 1, pad: 'same' },
      { shape: [2, 6, 6, 3], size: 3, strides: 1, pad: 'same' },
      { shape: [2, 5, 6, 5], size: 3, strides: 2, pad: 'same' },
      { shape: [1, 7, 8, 16], size: 1, strides: 1, pad: 'same' },
      { shape: [1, 7, 8, 16], size: 1, strides: 2, pad: 'same' },
      { shape: [1, 9, 9, 20], size: 7, strides: 1, pad: 'same' },
      { shape: [1, 8, 9, 16], size: 3, strides: 1, pad: 'valid' },
      { shape: [1, 8, 9, 16], size: 3, strides: 3, pad: 'valid' },
      { shape: [2, 7, 6, 16], size: 3, strides: 1, pad: 'same', filters: 2 },
      // Gradients to the filter by parts: several images each, the last of fewer; bands of an image.
      { shape: [70, 3, 3, 49], size: 3, strides: 1, pad: 'same' },
      { shape: [1, 70, 40, 36], size: 3, strides: 1, pad: 'same' },
      { shape: [1, 140, 83, 20], size: 5, strides: 2, pad: 'same' },
    ] as const;
    it.each(depthwise.map((each) => ({ filters: 1, ...each })))(
      'depthwise convolution of $shape, $size×$size, stride $strides, $pad, $filters of each channel',
      async ({ shape, size, strides, pad, filters }) => {
        const filterShape: [number, number, number, number] = [size, size, shape[3], filters];
        const input = shape as unknown as [number, number, number, number];
        const { outShape } = tf.backend_util.computeConv2DInfo(
          ...([input, filterShape, strides, 1, pad, undefined, true] as const),
        );
        const attrs = { strides: [strides, strides], pad, dilations: [1, 1], dataFormat: 'NHWC' };
        const x = uniform(shape, 1);
        const filter = uniform(filterShape, 2);
        const dy = uniform(outShape, 3);
        await expectLikeReference(tf.DepthwiseConv2dNative, { x, filter }, attrs);
        await expectLikeReference(
          tf.DepthwiseConv2dNativeBackpropInput,
          { dy, filter },
          { ...attrs, inputShape: shape },
        );
        await expectLikeReference(
          tf.DepthwiseConv2dNativeBackpropFilter,
          { x, dy },
          { ...attrs, filterShape },
          { tolerance: 5e-6 },
        );
        // What a GPU does where bits must repeat, of operations that run on a processor as well.
        const name = tf.DepthwiseConv2dNativeBackpropFilter;
        const [composed, expected] = [true, false].map((onGpu) =>
          runTensorflowKernel(name, { x, dy }, { ...attrs, filterShape }, { onGpu, customOps: new Set() }),
        );
        expectClose(composed[0].values, expected[0].values, 5e-6, 'composed of products and sums');
      },
    );

    // No network asks for it, and neither tf.js nor TensorFlow has it.
    it.each([
      { x: [2, 11, 9, 20], dy: [2, 11, 9, 20], size: 3, pad: 'same' },
      { x: [1, 12, 9, 16], dy: [1, 4, 1, 16], size: 5, pad: 'valid' },
    ])('gradient of a depthwise convolution of $x to its $size×$size filter, dilation 2', async (each) => {
      const { customOps } = await openTestKernels();
      if (customOps === null) return;
      const inputs = { x: uniform(each.x, 1), dy: uniform(each.dy, 3) };
      const filterShape = [each.size, each.size, each.x[3], 1];
      const attrs = { strides: [1, 1], pad: each.pad, dilations: 2, dataFormat: 'NHWC', filterShape };
      const name = tf.DepthwiseConv2dNativeBackpropFilter;
      const composed = { onGpu: true, customOps: new Set<string>() };
      const [expected] = runTensorflowKernel(name, inputs, attrs, composed);
      const [actual] = runTensorflowKernel(name, inputs, attrs, { onGpu: false, customOps: customOps.names });
      expectClose(actual.values, expected.values, 5e-6, 'custom');
    });

    const pools = [
      { shape: [2, 7, 9, 5], filterSize: 3, strides: 2, pad: around(1, 1) },
      { shape: [2, 8, 8, 3], filterSize: 3, strides: 1, pad: 'same' },
      { shape: [2, 8, 7, 3], filterSize: 3, strides: 2, pad: 'same' },
      { shape: [2, 9, 8, 3], filterSize: 2, strides: 2, pad: 'valid' },
      { shape: [3, 4, 4, 6], filterSize: 4, strides: 4, pad: 'valid' },
      { shape: [1, 5, 5, 2], filterSize: 3, strides: 1, pad: 1 },
    ] as const;
    it.each(pools.map((each) => ({ ...each, title: same(each.shape, each.pad as 'same') })))(
      'pools of $title',
      async ({ shape, filterSize, strides, pad }) => {
        const attrs = { filterSize, strides, pad };
        const input = shape as unknown as [number, number, number, number];
        const { outShape } = tf.backend_util.computePool2DInfo(input, filterSize, strides, 1, pad as 'same');
        const x = uniform(shape, 1);
        const dy = uniform(outShape, 2);
        await expectLikeReference(tf.MaxPool, { x }, attrs);
        await expectLikeReference(tf.MaxPoolGrad, { dy, input: x, output: uniform(outShape, 3) }, attrs);
        await expectLikeReference(tf.AvgPool, { x }, attrs);
        await expectLikeReference(tf.AvgPoolGrad, { dy, input: x }, attrs);
      },
    );
  },
);
