import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvolveError } from '../../util/errors.js';
import { openEngine, type EngineRequest } from '../engine.js';
import * as tf from '../tf.js';
import { findInstallation, installationName } from './installation.js';
import { NO_TENSORFLOW } from './testing.js';

const real = findInstallation('cpu');
const REQUEST: EngineRequest = { name: 'auto', device: 'auto', threads: 2 };

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'involve-engines-'));
  vi.stubEnv('INVOLVE_ENGINE_DIR', parent);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true });
});

/** An installation whose parts are those of the real one, but for the library where one is given. */
function install(flavour: 'cpu' | 'cuda', library?: string): void {
  const dir = join(parent, installationName(flavour, '2.21.0'));
  mkdirSync(join(dir, 'tensorflow'), { recursive: true });
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    const place = join(dir, 'tensorflow', name);
    if (library === undefined) symlinkSync(join(dirname(real!.library), name), place);
    else writeFileSync(place, library);
  }
  const packageFolder = join(dir, 'tfjs-node');
  if (real) symlinkSync(real.nodeKernels, packageFolder);
  else {
    mkdirSync(packageFolder);
    writeFileSync(join(packageFolder, 'package.json'), '{}');
  }
  if (real?.customOps) cpSync(dirname(real.customOps), join(dir, 'ops'), { recursive: true });
  const manifest = { format: 1, flavour, version: '2.21.0', nodeKernels: '4.22.0', wheels: [] };
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, installed: '2026-01-01' }));
}

async function refusal(request: Partial<EngineRequest>): Promise<InvolveError> {
  const error: unknown = await openEngine({ ...REQUEST, ...request }).catch((reason: unknown) => reason);
  if (error instanceof InvolveError) return error;
  throw new Error('it opened');
}

it.skipIf(process.platform !== 'linux')(
  'says why a library does not load, and goes on with wasm',
  async () => {
    install('cpu', 'half a library');
    const { code, exitCode, problems } = await refusal({ name: 'tensorflow' });
    expect([code, exitCode]).toEqual(['E_TENSORFLOW_BROKEN', 3]);
    expect(problems[0].what).toMatch(/does not load: .*(file too short|invalid ELF header)/);
    expect(problems[0].where).toBe(join(parent, 'tensorflow-cpu-2.21.0/tensorflow/libtensorflow_cc.so.2'));
    const engine = await openEngine(REQUEST);
    expect(engine.name).toBe('wasm');
    expect(engine.notes).toEqual([expect.stringMatching(/^TensorFlow is installed, but does not open: /)]);
    tf.removeBackend('involve-wasm');
  },
);

describe.skipIf(NO_TENSORFLOW)(`opening${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`, () => {
  it(
    'auto takes TensorFlow where it is installed, and says what it runs on',
    { timeout: 300_000 },
    async () => {
      install('cpu');
      const engine = await openEngine({ ...REQUEST, device: 'cpu' });
      engine.use();
      expect(tf.getBackend()).toBe('tensorflow');
      expect(engine).toMatchObject({ name: 'tensorflow', device: 'cpu', threads: 2, mode: 'replay' });
      const operations = findInstallation('cpu')!.customOps === null ? 'stock' : 'custom';
      expect(engine.description).toMatch(/^tensorflow 2\.\d+\.\d+ \(CPU, 2 threads, \w+ operations\)$/);
      expect(engine.description).toContain(`, ${operations} operations`);
      expect(engine.environment).toMatchObject({
        flavour: 'cpu',
        deterministic: true,
        mixedPrecision: false,
      });
      const tensor = tf.zeros([1000]);
      expect(engine.memory().bytes).toBeGreaterThanOrEqual(4000);
      tensor.dispose();
    },
  );

  it('cuda is a demand: a machine without a GPU is told so', { timeout: 300_000 }, async () => {
    install('cuda');
    const { code, exitCode, problems } = await refusal({ name: 'tensorflow', device: 'cuda' });
    expect([code, exitCode]).toEqual(['E_NO_CUDA', 3]);
    expect(problems[0].what).toMatch(/^device cuda was asked for, but TensorFlow 2\.21\.0 finds no GPU/);
  });
});
