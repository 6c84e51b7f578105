import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EagerExecutor } from '../eager.js';
import { NO_TENSORFLOW } from '../testing.js';
import { isRepetition } from './resize-nearest-grad.js';
import { openTestKernels, runTensorflowKernel, uniform } from './testing.js';

describe.each([
  ['each twice', [0, 0, 1, 1, 2, 2], 2, true],
  ['each once', [0, 1, 2], 1, true],
  ['as corners aligned put them', [0, 0, 1, 1, 1, 2], 2, false],
  ['some twice', [0, 0, 1], 1.5, false],
] as const)('%s', (_, places, times, expected) => {
  it(`is ${expected ? 'a' : 'no'} repetition`, () => expect(isRepetition(places, times)).toBe(expected));
});

describe.skipIf(NO_TENSORFLOW)(
  `the way back from enlarged maps${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    beforeAll(async () => void (await openTestKernels()));
    afterEach(() => void vi.restoreAllMocks());

    // Either way sums the same values; products with a matrix of ones take many times as long.
    it.each([
      ['twice and three times', [8, 9], 'AvgPool'],
      ['not a whole number of times high', [6, 9], 'BatchMatMulV2'],
      ['not a whole number of times wide', [8, 4], 'BatchMatMulV2'],
    ] as const)('%s: %j by %s', (_, [height, width], operation) => {
      const execute = vi.spyOn(EagerExecutor.prototype, 'execute');
      const attrs = { alignCorners: false, halfPixelCenters: false, inputShape: [2, 4, 3, 5] };
      const dy = uniform([2, height, width, 5], 1);
      runTensorflowKernel('ResizeNearestGrad', { dy }, attrs, {
        customOps: new Set<string>(),
        oneDnn: false,
        onGpu: false,
      });
      const products = ['AvgPool', 'BatchMatMulV2', 'MatMul'];
      const called = execute.mock.calls.map(([name]) => name).filter((name) => products.includes(name));
      expect(new Set(called)).toEqual(new Set([operation]));
    });
  },
);
