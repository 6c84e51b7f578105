import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileCalls, systemError, watchFileCalls } from '../util/file-calls.testing.js';
import { createRun, isRun } from './run-folder.js';

vi.mock('node:fs/promises', async (original) => {
  const { watchedPromises } = await import('../util/file-calls.testing.js');
  return watchedPromises(await original());
});

let folder: string;
let dir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-run-order-'));
  dir = join(folder, 'exp3', 'seed-0');
  watchFileCalls();
});
afterEach(() => rmSync(folder, { recursive: true }));

const create = () => createRun({ dir, config: 'name: exp3\n', environment: {} });

describe('createRun', () => {
  it('makes the folder a run last of all, and has its name on the disk', async () => {
    const run = await create();
    expect(fileCalls.filter((call) => call.startsWith('rename ') || call === 'sync exp3')).toEqual([
      'rename environment.json.tmp to environment.json',
      'rename config.yaml.tmp to config.yaml',
      'sync exp3',
    ]);
    await run.close();
  });

  it.each(['environment.json', 'config.yaml'])(
    'is no run, and free, where %s cannot be written',
    async (name) => {
      watchFileCalls((call) => {
        if (call === `write ${name}.tmp`) throw systemError('ENOSPC');
      });
      await expect(create()).rejects.toMatchObject({ code: 'E_DISK_FULL' });
      expect(await isRun(dir)).toBe(false);
      expect(readdirSync(dir).filter((each) => each.includes('lock'))).toEqual([]);
      watchFileCalls();
      await (await createRun({ dir, config: 'name: exp3\n', environment: {}, reuseUnstarted: true })).close();
      expect(await isRun(dir)).toBe(true);
    },
  );
});

describe('an open run', () => {
  it('writes one thing after the other, and frees the folder after the last', async () => {
    const run = await create();
    watchFileCalls();
    const data = Float32Array.of(1);
    const checkpoint = {
      tensors: new Map([['w', { dtype: 'F32' as const, shape: [1], data }]]),
      metadata: {},
    };
    const saving = [run.saveCheckpoint('best', checkpoint), run.saveCheckpoint('last', checkpoint)];
    await run.close();
    await Promise.all(saving);
    const order = fileCalls.filter((call) => /^(open|rename) .*safetensors/.test(call));
    expect(order).toEqual([
      ...['open best.safetensors.tmp wx', 'rename best.safetensors.tmp to best.safetensors'],
      ...['open last.safetensors.tmp wx', 'rename last.safetensors.tmp to last.safetensors'],
    ]);
    expect(readdirSync(dir).filter((each) => each.includes('lock'))).toEqual([]);
  });

  it('goes on after a save that failed', async () => {
    const run = await create();
    const data = Float32Array.of(1);
    const checkpoint = {
      tensors: new Map([['w', { dtype: 'F32' as const, shape: [1], data }]]),
      metadata: {},
    };
    watchFileCalls((call) => {
      if (call === 'write best.safetensors.tmp') throw systemError('ENOSPC');
    });
    const failing = run.saveCheckpoint('best', checkpoint);
    const next = run.saveCheckpoint('last', checkpoint);
    await expect(failing).rejects.toMatchObject({ code: 'E_DISK_FULL' });
    await next;
    await run.close();
    expect(readdirSync(join(dir, 'checkpoints'))).toEqual(['last.safetensors']);
  });
});
