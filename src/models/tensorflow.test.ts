import { beforeAll, describe, it } from 'vitest';
import { openTestKernels } from '../engine/tensorflow/kernels/testing.js';
import { hasOneDnn } from '../engine/tensorflow/kernels/one-dnn.js';
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
    });

    it.each(SMALL_NETWORKS)('%s', async (_, designed, tolerance) => {
      const reference = await compute('cpu', designed);
      const stock = { onGpu: false, customOps: new Set<string>() };
      const oneDnn = hasOneDnn();
      for (const options of [stock, { ...stock, oneDnn }, { ...stock, oneDnn, customOps: names }]) {
        registerTensorflowKernels('tensorflow', options);
        expectAlike(await compute('tensorflow', designed), reference, tolerance);
      }
    });
  },
);
