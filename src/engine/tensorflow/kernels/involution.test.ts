import { beforeAll, describe, it } from 'vitest';
import { NO_TENSORFLOW } from '../testing.js';
import { expectLikeReference, openTestKernels, uniform } from './testing.js';

interface Case {
  readonly shape: [number, number, number, number];
  readonly kernelSize: number;
  readonly groups: number;
  readonly stride?: number;
  readonly dilation?: number;
}

const cases: readonly Case[] = [
  { shape: [2, 9, 7, 32], kernelSize: 7, groups: 4 },
  { shape: [1, 5, 3, 96], kernelSize: 7, groups: 4 },
  { shape: [1, 6, 6, 20], kernelSize: 7, groups: 4 },
  { shape: [2, 6, 5, 144], kernelSize: 7, groups: 4 },
  { shape: [1, 7, 7, 672], kernelSize: 7, groups: 4 },
  { shape: [1, 4, 67, 8], kernelSize: 5, groups: 2 },
  { shape: [1, 3, 40, 8], kernelSize: 3, groups: 1, stride: 2 },
  { shape: [2, 8, 9, 12], kernelSize: 3, groups: 3, stride: 2 },
  { shape: [1, 9, 8, 12], kernelSize: 3, groups: 1, dilation: 2 },
  { shape: [1, 11, 10, 24], kernelSize: 5, groups: 3, stride: 3, dilation: 2 },
  { shape: [2, 8, 8, 10], kernelSize: 3, groups: 2, stride: 2, dilation: 3 },
  { shape: [1, 6, 7, 6], kernelSize: 3, groups: 6 },
  { shape: [1, 7, 6, 9], kernelSize: 5, groups: 3, stride: 2 },
  { shape: [1, 6, 6, 8], kernelSize: 3, groups: 8, stride: 2, dilation: 2 },
  { shape: [2, 5, 6, 16], kernelSize: 1, groups: 2 },
  { shape: [2, 6, 6, 16], kernelSize: 1, groups: 4, stride: 2 },
  { shape: [1, 1, 1, 16], kernelSize: 7, groups: 1 },
  { shape: [1, 12, 6, 112], kernelSize: 7, groups: 7 },
];

describe.skipIf(NO_TENSORFLOW)(
  `involution on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    beforeAll(async () => void (await openTestKernels()));

    it.each(cases)('$shape, K $kernelSize, G $groups, stride $stride, dilation $dilation', async (each) => {
      const { shape, kernelSize, groups, stride = 1, dilation = 1 } = each;
      const [batch, height, width, channels] = shape;
      const out = [batch, Math.floor((height - 1) / stride) + 1, Math.floor((width - 1) / stride) + 1];
      const attrs = { kernelSize, groups, stride, dilation };
      const x = uniform(shape, 1);
      const kernel = uniform([...out, groups * kernelSize ** 2], 2);
      const dy = uniform([...out, channels], 3);
      const tolerance = 3e-6;
      await expectLikeReference('Involution', { x, kernel }, attrs, { tolerance });
      await expectLikeReference(
        'InvolutionBackpropInput',
        { dy, kernel },
        { ...attrs, inputShape: shape },
        { tolerance },
      );
      await expectLikeReference('InvolutionBackpropKernel', { dy, x }, attrs, { tolerance });
    });
  },
);
