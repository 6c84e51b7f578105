import { afterAll, beforeAll, describe, it } from 'vitest';
import { allSamples } from '../../kernels/samples.testing.js';
import type { WasmBackend } from '../backend.js';
import { expectSameAsCpu, openTestBackend } from '../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

describe('the kernels of the contract agree with the reference as they declare', async () => {
  for (const { title, kernel, inputs, attrs } of await allSamples())
    it(title, () => {
      const { name, tolerance } = kernel;
      // Workers meet in recorded steps alone; at once there is one, and the reference does.
      const mayFallBack = name.startsWith('AllReduce');
      expectSameAsCpu(backend, name, inputs, attrs, { tolerance, mayFallBack });
    });
});
