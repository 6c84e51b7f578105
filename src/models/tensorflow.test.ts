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

    it.each(SMALL_NETWORKS)('%s', async (_, designed, usual) => {
      // Other sums put other inputs of a ReLU on the other side of its kink: see the table. Here it is up to a fifth
      // of a gradient in the local relation network, whose last batch norms see eight values.
      const tolerance = usual < 0.1 ? usual : 0.5;
      const reference = await compute('cpu', designed);
      registerTensorflowKernels('tensorflow', { onGpu: false, customOps: new Set() });
      expectAlike(await compute('tensorflow', designed), reference, tolerance);
      registerTensorflowKernels('tensorflow', { onGpu: false, customOps: names });
      expectAlike(await compute('tensorflow', designed), reference, tolerance);
    });
  },
);
