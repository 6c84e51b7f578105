import { beforeAll, describe, it } from 'vitest';
import { allSamples } from '../../kernels/samples.testing.js';
import { NO_TENSORFLOW } from '../testing.js';
import { expectLikeReference, openTestKernels } from './testing.js';

describe.skipIf(NO_TENSORFLOW)(
  `the kernels of the contract agree with the reference as they declare${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  async () => {
    beforeAll(async () => void (await openTestKernels()));

    for (const { title, kernel, inputs, attrs } of await allSamples())
      it(title, async () => {
        const { name, tolerance } = kernel;
        await expectLikeReference(name, inputs, attrs, { tolerance });
      });
  },
);
