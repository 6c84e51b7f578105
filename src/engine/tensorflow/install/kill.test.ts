import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeMachine } from './testing.js';

const BUILT = join(import.meta.dirname, '../../../../dist/engine/tensorflow/install/install.js');

let machine: FakeMachine;
beforeEach(() => (machine = new FakeMachine()));
afterEach(() => machine.remove());

/** Installs CUDA in a process of its own, to be killed. */
const program = (kernels: unknown): string => `
  import { installTensorflow } from ${JSON.stringify(pathToFileURL(BUILT).href)};
  await installTensorflow({ flavour: 'cuda', instead: {
    machine: { platform: 'linux', arch: 'x64', glibc: '2.36' },
    nodeKernels: ${JSON.stringify(kernels)},
    freeBytes: () => 1e12,
  } });`;

// `npm test` builds first; without a build there is nothing to start.
describe.skipIf(!existsSync(BUILT))('engine install, killed in the middle', () => {
  it('leaves nothing that looks installed; a second call fetches only what was not whole', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(machine.nodeKernels)], {
      env: { ...machine.env, FAKE_PIP_HANGS_AT: 'nvidia-cuda-nvcc-cu12' },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
    while (machine.asked().length < 3) await sleep(20);
    await sleep(200);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(readdirSync(machine.engines).sort()).toEqual(['.downloads', 'install.lock']);
    const downloads = join(machine.engines, '.downloads/tensorflow-cuda-2.21.0');
    const kept = readdirSync(downloads).filter((name) => !name.startsWith('.'));
    expect(kept.length).toBe(3);

    const { installation } = await machine.install({ flavour: 'cuda' });
    expect(readdirSync(machine.engines)).toEqual(['tensorflow-cuda-2.21.0']);
    expect(existsSync(join(installation.dir, 'nvidia/cuda_nvcc/bin/ptxas'))).toBe(true);
    const times = (name: string): number => machine.asked().filter((line) => line.startsWith(name)).length;
    expect([times('tensorflow=='), times('nvidia-nccl'), times('nvidia-cuda-nvcc')]).toEqual([1, 1, 2]);
  });
});
