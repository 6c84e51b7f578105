import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missing } from '../../util/errors.js';
import type { EngineStatus } from '../engine.js';
import { FakeMachine } from './install/testing.js';
import type { Verified } from './install/verify.js';
import { tensorflowStatus, type StatusSources } from './status.js';

let machine: FakeMachine;
beforeEach(() => (machine = new FakeMachine()));
afterEach(() => machine.remove());

const onCpu: Verified = { version: '2.21.0', device: 'CPU', gpuMemoryBytes: null, noGpu: null };

function status(
  verify: StatusSources['verify'] = () => Promise.resolve(onCpu),
  platform: NodeJS.Platform = 'linux',
  arch = 'x64',
): Promise<EngineStatus[]> {
  const of = { platform, arch, glibc: '2.36', release: '23.0.0' };
  return tensorflowStatus({ env: machine.env, cwd: machine.home, machine: of, verify });
}

describe('tensorflowStatus', () => {
  it('says how to install it', async () => {
    expect(await status()).toEqual([
      {
        name: 'tensorflow',
        available: false,
        detail: 'not installed',
        reason: 'TensorFlow, on CUDA or the processor: recorded once, run as one graph a step',
        fix: 'involve engine install cpu (or cuda, for an NVIDIA GPU)',
      },
    ]);
  });

  it('says where it cannot be installed', async () => {
    expect(await status(undefined, 'darwin')).toEqual([
      {
        name: 'tensorflow',
        available: false,
        detail: 'not installed',
        reason:
          'libtensorflow installs on Linux on x86-64 and arm64 and on macOS on arm64, this is darwin on x64',
      },
    ]);
  });

  it('offers no CUDA where TensorFlow has none', async () => {
    const [{ fix }] = await status(undefined, 'darwin', 'arm64');
    expect(fix).toBe('involve engine install cpu');
  });

  it('says what it runs on, where it is, and what would make it faster', async () => {
    const { installation } = await machine.install();
    expect(await status()).toEqual([
      {
        name: 'tensorflow',
        available: true,
        detail: 'TensorFlow 2.21.0 (cpu) on CPU, no custom operations',
        reason: `in ${installation.dir}\ncustom operations are not built: TensorFlow's own take their place, slower for involution`,
        fix: 'involve engine install cpu',
        installation,
      },
    ]);
  });

  it('has CUDA first, with its memory or why there is no GPU', async () => {
    await machine.install();
    await machine.install({ flavour: 'cuda' });
    const onGpu = { ...onCpu, device: 'GPU', gpuMemoryBytes: 7.5e9 } as const;
    const rows = await status(({ flavour }) => Promise.resolve(flavour === 'cuda' ? onGpu : onCpu));
    expect(rows.map(({ detail }) => detail)).toEqual([
      'TensorFlow 2.21.0 (cuda) on GPU with 7.5 GB for it, no custom operations',
      'TensorFlow 2.21.0 (cpu) on CPU, no custom operations',
    ]);
    const [none] = await status(() => Promise.resolve({ ...onCpu, noGpu: 'there is no NVIDIA driver' }));
    expect(none.detail).toBe('TensorFlow 2.21.0 (cuda) on CPU, no GPU, no custom operations');
    expect(none.reason).toContain('\nno GPU: there is no NVIDIA driver\n');
  });

  it('says why it does not load, and what mends it', async () => {
    const { installation } = await machine.install();
    const broken = missing('E_TENSORFLOW_BROKEN', { what: 'invalid ELF header', try: 'mend it' });
    expect(await status(() => Promise.reject(broken))).toEqual([
      {
        name: 'tensorflow',
        available: false,
        detail: `TensorFlow 2.21.0 (cpu) in ${installation.dir}`,
        reason: 'invalid ELF header',
        fix: 'mend it',
        installation,
      },
    ]);
  });

  it('tries a stock tfjs-node-gpu as well, which comes between CUDA and CPU', async () => {
    await machine.install();
    await machine.install({ flavour: 'cuda' });
    const stock = 'node_modules/@tensorflow/tfjs-node-gpu';
    machine.write(`${stock}/package.json`, '{"version":"4.22.0"}');
    for (const name of ['libtensorflow', 'libtensorflow_framework']) {
      machine.write(`${stock}/deps/lib/${name}.so.2`, 'no library');
    }
    expect((await status()).map(({ detail }) => detail)).toEqual([
      'TensorFlow 2.21.0 (cuda) on CPU, no custom operations',
      'TensorFlow 2.9.1 of a stock tfjs-node-gpu on CPU, no custom operations',
      'TensorFlow 2.21.0 (cpu) on CPU, no custom operations',
    ]);
  });

  it('reports a stock tfjs-node, and what it lacks', async () => {
    const dir = join(machine.home, 'node_modules/@tensorflow/tfjs-node-gpu');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'package.json'), '{"version":"4.22.0"}');
    const [row] = await status();
    expect(row.reason).toContain(
      `\na stock @tensorflow/tfjs-node-gpu 4.22.0 is in ${dir}, but lacks libtensorflow (deps/lib): its install script did not finish`,
    );
  });
});
