import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder, lockOwner } from './lock.js';
import { stateOf, thisProcess, type ProcessIdentity } from '../util/process-identity.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'involve-lock-'));
  path = join(folder, 'run.lock');
});
afterEach(() => rm(folder, { recursive: true }));

// Above the greatest pid that Linux gives out.
const deadPid = 2 ** 22 + 1;
const since = '2024-05-01T12:00:00.000Z';
async function leaveLock(owner: Partial<ProcessIdentity>, file = path, token = 'old'): Promise<void> {
  await writeFile(file, JSON.stringify({ ...thisProcess(), since, token, ...owner }));
}

describe('lockFolder', () => {
  it('keeps others out and names the owner, until it is released', async () => {
    const lock = await lockFolder(folder);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(await lockOwner(folder)).toMatchObject({ pid: process.pid });
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'E_RUN_LOCKED',
      exitCode: 2,
      problems: [
        {
          what: expect.stringMatching(
            new RegExp(`^${folder} is in use by process ${process.pid} \\(since .+Z\\)$`),
          ),
          where: path,
          try: `wait for it, stop it (kill ${process.pid}), or choose another folder by --out`,
        },
      ],
    });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    expect(await lockOwner(folder)).toBeUndefined();
    await (await lockFolder(folder)).release();
  });

  it('lets one of many in', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    expect(await readdir(folder)).toEqual(['run.lock']);
  });

  it.each<[string, Partial<ProcessIdentity>]>([
    ['its process is gone', { pid: deadPid }],
    ['its pid was given to another process', { started: '1' }],
    ['the machine was started anew', { boot: 'another' }],
  ])('takes over a lock when %s', async (_, owner) => {
    await leaveLock(owner);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    expect(await readdir(folder)).toEqual(['run.lock']);
    expect(await lockOwner(folder)).toMatchObject({ pid: process.pid, started: thisProcess().started });
  });

  it('succeeds a process that died while it took over', async () => {
    await leaveLock({ pid: deadPid });
    await leaveLock({ pid: deadPid }, `${path}.old`, 'middle');
    await leaveLock({ pid: deadPid }, join(folder, '.run.lock.other'), 'other');
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).toEqual(['run.lock']);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves a process alone that takes over', async () => {
    await leaveLock({ pid: deadPid });
    await leaveLock({}, `${path}.old`, 'middle');
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid} (since ${since})`);
    expect(await lockOwner(folder)).toMatchObject({ pid: process.pid });
  });

  it('says nothing of a time that the lock does not tell', async () => {
    await writeFile(path, JSON.stringify({ pid: 5, host: 'node17', token: 'by-hand' }));
    await expect(lockFolder(folder)).rejects.toThrow(
      `${folder} is in use by process 5 on node17, which cannot be checked from here`,
    );
    await expect(lockFolder(folder)).rejects.not.toThrow('since');
  });

  it('refuses a lock of another host, which it cannot check', async () => {
    await leaveLock({ host: 'node17', pid: 5 });
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'E_RUN_LOCKED',
      exitCode: 2,
      problems: [
        {
          what: `${folder} is in use by process 5 on node17, which cannot be checked from here (since ${since})`,
          where: path,
          try: `if that process is gone: rm ${path}`,
        },
      ],
    });
    await leaveLock({ pidNamespace: 'pid:[1]', pid: 5 });
    await expect(lockFolder(folder)).rejects.toThrow(
      `process 5 on another container of ${hostname()}, which cannot be checked from here`,
    );
  });

  it('refuses a lock that it cannot read', async () => {
    await writeFile(path, '{"pid":');
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'E_RUN_LOCKED',
      exitCode: 2,
      problems: [
        {
          what: 'the lock of the run cannot be read',
          where: path,
          try: `make sure that nothing writes to the run, then: rm ${path}`,
        },
      ],
    });
  });

  it('does not release a lock that someone else has by now', async () => {
    const lock = await lockFolder(folder);
    await leaveLock({});
    await lock.release();
    expect(await readdir(folder)).toEqual(['run.lock']);
  });
});

describe('stateOf', () => {
  const self = thisProcess();

  it('knows this process', () => {
    expect(self).toMatchObject({ pid: process.pid, host: hostname() });
    expect(stateOf(self)).toBe('running');
    if (process.platform === 'linux') expect(self.started).toMatch(/^\d+$/);
  });

  it('takes a running pid for the process where the start is unknown', () => {
    expect(stateOf({ ...self, started: null })).toBe('running');
    expect(stateOf({ ...self, started: null, pid: deadPid })).toBe('gone');
  });
});
