import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInstallation, readRemembered } from '../installation.js';
import { removeTensorflow } from './remove.js';
import { failure, FakeMachine } from './testing.js';

let machine: FakeMachine;
beforeEach(() => (machine = new FakeMachine()));
afterEach(() => machine.remove());

describe('engine remove', () => {
  it('removes one flavour, or all, and the folder that is empty then', async () => {
    const cpu = await machine.install();
    const cuda = await machine.install({ flavour: 'cuda' });
    const removed = await removeTensorflow('cpu', undefined, machine.env);
    expect(removed).toEqual([{ dir: cpu.installation.dir, bytes: cpu.bytes }]);
    expect(findInstallation(undefined, undefined, machine.env)?.dir).toBe(cuda.installation.dir);
    await removeTensorflow(undefined, undefined, machine.env);
    expect(existsSync(machine.engines)).toBe(false);
  });

  it('says when there is nothing to remove (exit 2)', async () => {
    const error = await failure(removeTensorflow('cuda', undefined, machine.env));
    expect([error.code, error.exitCode]).toEqual(['E_NOT_INSTALLED', 2]);
    expect(error.problems).toEqual([
      {
        what: 'there is no TensorFlow (cuda) to remove',
        where: machine.engines,
        try: 'involve engine list --verbose shows what is where',
      },
    ]);
    expect(existsSync(machine.engines)).toBe(false);
  });

  it('removes a damaged one, and the wheels of one that was never finished', async () => {
    const { installation } = await machine.install();
    rmSync(installation.library);
    const env = { FAKE_PIP_FAILS: 'ERROR: no' };
    await failure(machine.install({ flavour: 'cuda', env }));
    const removed = await removeTensorflow(undefined, undefined, machine.env);
    expect(removed.map(({ dir }) => dir.slice(machine.engines.length + 1)).sort()).toEqual([
      '.downloads/tensorflow-cuda-2.21.0',
      'tensorflow-cpu-2.21.0',
    ]);
    expect(existsSync(machine.engines)).toBe(false);
  });

  it('goes where --dir had put it, and forgets the folder', async () => {
    const dir = join(machine.home, 'elsewhere');
    await machine.install({ dir });
    expect(readRemembered(machine.env)).toEqual([dir]);
    await removeTensorflow(undefined, undefined, machine.env);
    expect(existsSync(dir)).toBe(false);
    expect(readRemembered(machine.env)).toEqual([]);
  });

  it('does not disturb an installation in progress (exit 2)', async () => {
    await machine.install();
    const slow = machine.install({ flavour: 'cuda', env: { FAKE_PIP_MS: '700' } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const error = await failure(removeTensorflow('cpu', undefined, machine.env));
    expect(error.code).toBe('E_INSTALL_LOCKED');
    await slow;
    expect(readdirSync(machine.engines).sort()).toEqual(['tensorflow-cpu-2.21.0', 'tensorflow-cuda-2.21.0']);
  });
});
