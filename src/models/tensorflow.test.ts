import { beforeAll, describe, it } from 'vitest';
import { openTestKernels } from '../engine/tensorflow/kernels/testing.js';
import { registerTensorflowKernels } from '../engine/tensorflow/kernels/register.js';
import { NO_TENSORFLOW } from '../engine/tensorflow/testing.js';
import { openReference } from '../engine/testing.js';
import { compute, expectAlike, SMALL_NETWORKS } from './engines.testing.js';

describe.skipIf(NO_TENSORFLOW)(
  `TensorFlow computes what the reference computes, on small networks${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    let names: ReadonlySet<string> = new Set();
    beforeAll(async () => {
      names = (await openTestKernels()).customOps?.names ?? names;
      await openReference();
    }, 120_000);

    it.each(SMALL_NETWORKS)('%s', async (_, designed, tolerance) => {
      const reference = await compute('cpu', designed);
      registerTensorflowKernels('tensorflow', { onGpu: false, customOps: new Set() });
      expectAlike(await compute('tensorflow', designed), reference, tolerance);
      registerTensorflowKernels('tensorflow', { onGpu: false, customOps: names });
      expectAlike(await compute('tensorflow', designed), reference, tolerance);
    });
  },
);
