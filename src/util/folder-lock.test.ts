import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileCalls, systemError, watchFileCalls } from './file-calls.testing.js';
import { isLockFile, lockFolder, lockOwner, type LockKind } from './folder-lock.js';
import { thisProcess, type ProcessIdentity } from './process-identity.js';

vi.mock('node:fs/promises', async (original) => {
  const { watchedPromises } = await import('./file-calls.testing.js');
  return watchedPromises(await original());
});

const KIND: LockKind = { file: 'x.lock', code: 'E_LOCKED', of: 'the thing', otherwise: 'take another' };
// Above the greatest pid that Linux gives out.
const GONE = { pid: 2 ** 22 + 1 };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-folder-lock-'));
  path = join(folder, 'x.lock');
  watchFileCalls();
});
afterEach(() => rmSync(folder, { recursive: true }));

function leave(name: string, token: string, owner: Partial<ProcessIdentity> = {}): void {
  writeFileSync(join(folder, name), JSON.stringify({ ...thisProcess(), since: 'then', token, ...owner }));
}
const tokenOf = (file = path): string => (JSON.parse(readFileSync(file, 'utf8')) as { token: string }).token;

describe('a stale lock', () => {
  it('is not taken over by one that comes late: another has succeeded meanwhile', async () => {
    leave('x.lock', 'old', GONE);
    // Between the look at the stale lock and the claim to succeed it, another process takes over, from first to last.
    watchFileCalls((call) => {
      if (call.endsWith(' to x.lock.old')) leave('x.lock', 'other');
    });
    await expect(lockFolder(folder, KIND)).rejects.toThrow(`in use by process ${process.pid} (since then)`);
    expect(tokenOf()).toBe('other');
    expect(readdirSync(folder)).toEqual(['x.lock']);
  });

  it('is not taken over while another claims it', async () => {
    leave('x.lock', 'old', GONE);
    watchFileCalls((call) => {
      if (call.endsWith(' to x.lock.old')) leave('x.lock.old', 'other');
    });
    await expect(lockFolder(folder, KIND)).rejects.toMatchObject({ code: 'E_LOCKED', exitCode: 2 });
    expect([tokenOf(), tokenOf(`${path}.old`)]).toEqual(['old', 'other']);
  });

  it('that was released in between is simply taken', async () => {
    leave('x.lock', 'old', GONE);
    let removed = false;
    watchFileCalls((call) => {
      if (!call.endsWith(' to x.lock.old') || removed) return;
      removed = true;
      rmSync(path);
    });
    const lock = await lockFolder(folder, KIND);
    expect(await lockOwner(folder, KIND)).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(['x.lock']);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves what contenders of a living process have, and what it does not know', async () => {
    leave('x.lock', 'old', GONE);
    leave('.x.lock.alive', 'alive');
    leave('.x.lock.dead', 'dead', GONE);
    leave('.x.lock.elsewhere', 'elsewhere', { host: 'another' });
    leave('x.lock.spent', 'spent');
    // Of another lock, which is nobody's business here.
    leave('y.lock', 'another', GONE);
    for (const name of ['.x.lock.torn', 'other.txt', 'x.lockless']) writeFileSync(join(folder, name), 'torn');
    await lockFolder(folder, KIND);
    expect(readdirSync(folder).sort()).toEqual([
      ...[
        '.x.lock.alive',
        '.x.lock.elsewhere',
        '.x.lock.torn',
        'other.txt',
        'x.lock',
        'x.lockless',
        'y.lock',
      ],
    ]);
  });

  it('has no owner, and one of a process that cannot be seen from here has', async () => {
    expect(await lockOwner(folder, KIND)).toBeUndefined();
    leave('x.lock', 'old', GONE);
    expect(await lockOwner(folder, KIND)).toBeUndefined();
    leave('x.lock.old', 'next', { host: 'another' });
    expect(await lockOwner(folder, KIND)).toMatchObject({ host: 'another' });
  });
});

describe('lockFolder', () => {
  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])(
    'does without hard links where there are none: %s',
    async (code) => {
      watchFileCalls((call) => {
        if (call.startsWith('link ')) throw systemError(code);
      });
      const lock = await lockFolder(folder, KIND);
      await expect(lockFolder(folder, KIND)).rejects.toMatchObject({ code: 'E_LOCKED' });
      await lock.release();
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('tells what else is wrong with the disk, and leaves nothing behind', async () => {
    watchFileCalls((call) => {
      if (call.startsWith('link ')) throw systemError('EIO');
    });
    await expect(lockFolder(folder, KIND)).rejects.toThrow('EIO');
    expect(readdirSync(folder)).toEqual([]);
    await expect(lockFolder(join(folder, 'none'), KIND)).rejects.toMatchObject({ code: 'E_NOT_WRITABLE' });
  });

  it('tells of a full disk where there are no hard links, and leaves nothing open', async () => {
    watchFileCalls((call) => {
      if (call.startsWith('link ')) throw systemError('EPERM');
      if (call === 'writeFile x.lock') throw systemError('ENOSPC');
    });
    await expect(lockFolder(folder, KIND)).rejects.toMatchObject({ code: 'E_DISK_FULL', exitCode: 1 });
    expect(fileCalls).toContain('close x.lock');
  });

  it('gives up where it cannot be settled who owns the folder', async () => {
    watchFileCalls((call) => {
      if (call.endsWith(' to x.lock')) throw systemError('EEXIST');
    });
    await expect(lockFolder(folder, KIND)).rejects.toMatchObject({
      code: KIND.code,
      exitCode: 2,
      problems: [
        {
          what: 'it cannot be settled whose the lock of the thing is',
          where: join(folder, 'x.lock'),
          try: `make sure that nothing writes to the thing, then: rm ${join(folder, 'x.lock')}`,
        },
      ],
    });
    expect(fileCalls.filter((call) => call.endsWith(' to x.lock'))).toHaveLength(51);
  });

  it.each([
    ['a pid that is none', { pid: '5', host: 'a', token: 'b' }],
    ['no host', { pid: 5, token: 'b' }],
    ['a token that is a path', { pid: 5, host: 'a', token: '../b' }],
    ['a token that becomes a path', { pid: 5, host: 'a', token: 'b/../../c' }],
  ])('refuses a lock with %s', async (_, content) => {
    writeFileSync(path, JSON.stringify(content));
    await expect(lockFolder(folder, KIND)).rejects.toThrow('the lock of the thing cannot be read');
    await expect(lockOwner(folder, KIND)).rejects.toThrow('the lock of the thing cannot be read');
  });

  it('does not take a lock that cannot be looked at for none', async () => {
    mkdirSync(path);
    const refused = lockFolder(folder, KIND);
    await expect(refused).rejects.toThrow();
    await expect(refused).rejects.not.toThrow('Cannot settle');
    await expect(lockOwner(folder, KIND)).rejects.toThrow();
  });

  it('is released once, whoever has removed its file meanwhile', async () => {
    const lock = await lockFolder(folder, KIND);
    rmSync(path);
    await expect(lock.release()).resolves.toBeUndefined();
    leave('x.lock', 'other');
    await lock.release();
    expect(tokenOf()).toBe('other');
  });

  it('says where the owner is, as far as one can tell', async () => {
    leave('x.lock', 'old', { host: 'another', pid: 7 });
    await expect(lockFolder(folder, KIND)).rejects.toThrow(
      `${folder} is in use by process 7 on another, which cannot be checked from here (since then)`,
    );
    leave('x.lock', 'old', { pidNamespace: 'pid:[1]', pid: 7 });
    await expect(lockFolder(folder, KIND)).rejects.toThrow(
      `process 7 on another container of ${hostname()}, which`,
    );
  });
});

it('knows the files of its lock by their names', () => {
  const names = ['x.lock', 'x.lock.old', '.x.lock.abc', 'x.lockless', '.x.lock', 'y.lock', 'a.x.lock'];
  expect(names.map((name) => isLockFile(name, KIND))).toEqual([true, true, true, false, false, false, false]);
});
