import * as tf from '../../../tf-core.js';
import { beforeAll, describe, it } from 'vitest';
import { NO_TENSORFLOW } from '../../testing.js';
import { expectLikeReference, openTestKernels, uniform, type Numbers } from '../testing.js';

const whole = (shape: readonly number[], values: readonly number[]): Numbers => ({
  ...{ shape, values: Int32Array.from(values), dtype: 'int32' },
});

describe.skipIf(NO_TENSORFLOW)(
  `copies, reductions and softmax on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    beforeAll(async () => void (await openTestKernels()));

    const sizes = [
      [4, 3, 8, 6],
      [4, 3, 12, 9],
      [4, 3, 8, 9],
      [7, 5, 16, 3],
      [6, 8, 3, 4],
      [9, 7, 4, 20],
      [5, 1, 5, 7],
    ] as const;
    const modes = [
      { alignCorners: false, halfPixelCenters: false },
      { alignCorners: true, halfPixelCenters: false },
      { alignCorners: false, halfPixelCenters: true },
    ];
    it.each(sizes)(
      'nearest-neighbour resizing of %i×%i to %i×%i',
      async (height, width, toHeight, toWidth) => {
        const shape = [2, height, width, 5];
        const dy = uniform([2, toHeight, toWidth, 5], 2);
        for (const mode of modes) {
          const attrs = { ...mode, size: [toHeight, toWidth] };
          await expectLikeReference(tf.ResizeNearestNeighbor, { images: uniform(shape, 1) }, attrs, {
            tolerance: 0,
          });
          await expectLikeReference('ResizeNearestGrad', { dy }, { ...mode, inputShape: shape });
        }
      },
    );

    const paddings = [
      [0, 0],
      [2, 1],
      [1, 2],
      [0, 0],
    ] as const;
    it.each(['reflect', 'symmetric'] as const)('mirrored padding, %s', async (mode) => {
      const x = uniform([2, 4, 5, 3], 1);
      const dy = uniform([2, 7, 8, 3], 2);
      await expectLikeReference(tf.MirrorPad, { x }, { paddings, mode });
      await expectLikeReference('MirrorPadGrad', { dy }, { paddings, mode, inputShape: x.shape });
      const five = { paddings: [...paddings, [1, 1]], mode };
      await expectLikeReference(tf.MirrorPad, { x: uniform([1, 3, 4, 2, 3], 3) }, five);
      const back = { dy: uniform([1, 6, 7, 2, 5], 4) };
      await expectLikeReference('MirrorPadGrad', back, { ...five, inputShape: [1, 3, 4, 2, 3] });
    });

    it('copies of five and six axes', async () => {
      const five = uniform([2, 3, 4, 2, 3], 1);
      await expectLikeReference(tf.Slice, { x: five }, { begin: [0, 1, 2, 0, 1], size: [2, 2, 1, 2, 2] });
      await expectLikeReference(tf.Reverse, { x: five }, { dims: [3, 1] });
      await expectLikeReference(tf.PadV2, { x: five }, { paddings: [...paddings, [1, 0]], constantValue: 0 });
      await expectLikeReference(tf.Transpose, { x: five }, { perm: [2, 0, 1, 4, 3] });
      const six = uniform([2, 2, 3, 2, 3, 2], 2);
      await expectLikeReference(tf.Transpose, { x: six }, { perm: [0, 1, 3, 2, 4, 5] });
      await expectLikeReference(tf.Reshape, { x: six }, { shape: [6, 24] });
      await expectLikeReference(tf.Concat, { a: five, b: uniform([2, 3, 4, 1, 3], 3) }, { axis: 3 });
      await expectLikeReference(tf.SplitV, { x: five }, { numOrSizeSplits: [1, 3], axis: 2 });
      const strided = { begin: [0, 1, 0], end: [3, 7, 5], strides: [1, 2, 3] };
      const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
      await expectLikeReference(tf.StridedSlice, { x: uniform([3, 8, 5], 4) }, { ...strided, ...masks });
    });

    it('copies by index', async () => {
      const indices = whole([2, 3], [4, 0, 2, 2, 1, 4]);
      const x = uniform([3, 5, 4], 1);
      await expectLikeReference(tf.GatherV2, { x, indices }, { axis: 1, batchDims: 0 });
      await expectLikeReference(tf.Tile, { x: uniform([2, 1, 3], 2) }, { reps: [2, 3, 1] });
      const hot = { depth: 5, onValue: 1, offValue: 0, dtype: 'float32' };
      await expectLikeReference(tf.OneHot, { indices: whole([4], [1, 0, 4, 2]) }, hot);
      await expectLikeReference(tf.Pack, { a: uniform([2, 3], 3), b: uniform([2, 3], 4) }, { axis: 1 });
      await expectLikeReference(tf.Unpack, { value: uniform([2, 3, 4], 5) }, { axis: 1 });
    });

    it('reductions', async () => {
      const x = uniform([3, 4, 5, 7], 1);
      for (const axis of [[0], [3], [1, 2], [0, 1, 2], null]) {
        for (const keepDims of [false, true]) {
          const axes = axis ?? [0, 1, 2, 3];
          await expectLikeReference(tf.Mean, { x }, { axis, keepDims });
          await expectLikeReference(tf.Sum, { x }, { axis: axes, keepDims }, { tolerance: 1e-5 });
          await expectLikeReference(tf.Max, { x }, { reductionIndices: axes, keepDims });
        }
      }
    });

    it('functions of values', async () => {
      const x = uniform([3, 50], 1, -3, 3);
      x.values[5] = 0;
      for (const name of [tf.Relu, tf.Relu6, tf.Elu, tf.Sigmoid, tf.Tanh, tf.Abs, tf.Square, tf.Neg]) {
        await expectLikeReference(name, { x });
      }
      await expectLikeReference(tf.LeakyRelu, { x }, { alpha: 0.2 });
      await expectLikeReference(tf.ClipByValue, { x }, { clipValueMin: -1, clipValueMax: 2 });
      await expectLikeReference(tf.EluGrad, { dy: uniform([3, 50], 2), y: uniform([3, 50], 3, -1, 2) });
      await expectLikeReference(tf.Prelu, { x, alpha: uniform([50], 4) });
      x.values[9] = NaN;
      await expectLikeReference(tf.Step, { x }, { alpha: 0.25 });
    });

    it('products of matrices', async () => {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const a = uniform(transposeA ? [3, 5, 4] : [3, 4, 5], 1);
          const b = uniform(transposeB ? [3, 6, 5] : [3, 5, 6], 2);
          await expectLikeReference(tf.BatchMatMul, { a, b }, { transposeA, transposeB });
        }
      }
    });

    it.each([[[2, 7]], [[3, 4, 5]], [[2, 3, 4, 9]]])('softmax of %j', async (shape) => {
      const dim = shape.length - 1;
      await expectLikeReference(tf.Softmax, { logits: uniform(shape, 1, -5, 5) }, { dim });
      await expectLikeReference('SoftmaxGrad', { dy: uniform(shape, 2), y: uniform(shape, 3, 0, 1) });
    });

    const neighbourhoods = [
      { height: 6, width: 7, kernelSize: 7, groups: 2, stride: 1, dilation: 1, mask: true },
      { height: 6, width: 7, kernelSize: 3, groups: 1, stride: 2, dilation: 2, mask: true },
      { height: 5, width: 9, kernelSize: 5, groups: 3, stride: 2, dilation: 1, mask: true },
      { height: 5, width: 4, kernelSize: 3, groups: 4, stride: 1, dilation: 1, mask: false },
    ];
    it.each(neighbourhoods)('softmax of neighbourhoods, K $kernelSize, mask $mask', async (attrs) => {
      const { height, width, stride, groups, kernelSize } = attrs;
      const out = [height, width].map((length) => Math.floor((length - 1) / stride) + 1);
      const shape = [2, ...out, groups * kernelSize ** 2];
      await expectLikeReference('NeighbourhoodSoftmax', { logits: uniform(shape, 1, -5, 5) }, attrs);
      const grad = { dy: uniform(shape, 2), y: uniform(shape, 3, 0, 0.2) };
      await expectLikeReference('NeighbourhoodSoftmaxGrad', grad, attrs);
    });
  },
);
