import { expect, it } from 'vitest';
import { openEngine } from '../engine.js';
import { findInstallation } from './installation.js';
import { NO_TENSORFLOW } from './testing.js';

// There is one TensorFlow in a process, opened once: this one has a file of its own.
it.skipIf(NO_TENSORFLOW)(
  'mixed precision adds operations to our own, and takes none away',
  async () => {
    const engine = await openEngine({
      ...{ name: 'tensorflow', device: 'cpu', threads: 1 },
      mixedPrecision: true,
    });
    expect(engine.environment).toMatchObject({ mixedPrecision: true });
    const operations = findInstallation('cpu')!.customOps === null ? 'stock' : 'custom';
    expect(engine.description).toContain(`, ${operations} operations`);
  },
  300_000,
);
