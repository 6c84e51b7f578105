import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileCalls, systemError, watchFileCalls } from '../util/file-calls.testing.js';
import { appendLines, isEmptyFile, repairLines, wholeLines } from './line-file.js';

vi.mock('node:fs', async (original) => {
  const { watchedSync } = await import('../util/file-calls.testing.js');
  return watchedSync(await original());
});
vi.mock('node:fs/promises', async (original) => {
  const { watchedPromises } = await import('../util/file-calls.testing.js');
  return watchedPromises(await original());
});

let folder: string;
let path: string;
let name: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-lines-'));
  name = basename(folder);
  path = join(folder, 'lines.txt');
  watchFileCalls();
});
afterEach(() => rmSync(folder, { recursive: true }));

const failing = (which: string, code = 'ENOSPC') =>
  watchFileCalls((call) => {
    if (call === which) throw systemError(code);
  });

describe('appendLines', () => {
  it('has a line on the disk before it returns, and the name of a new file', () => {
    appendLines(path, 'one\n');
    const folderIsSynced = [`fsync ${name}`, `close ${name}`];
    expect(fileCalls).toEqual([
      ...['write lines.txt', 'fdatasync lines.txt'],
      ...folderIsSynced,
      'close lines.txt',
    ]);
    watchFileCalls();
    appendLines(path, 'two\n');
    expect(fileCalls).toEqual(['write lines.txt', 'fdatasync lines.txt', 'close lines.txt']);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });

  it.each(['write lines.txt', 'fdatasync lines.txt'])(
    'cuts back to what was there where %s fails',
    (call) => {
      writeFileSync(path, 'one\n');
      failing(call);
      expect(() => appendLines(path, 'two\n')).toThrow('the disk is full: cannot write lines.txt');
      expect(readFileSync(path, 'utf8')).toBe('one\n');
      expect(fileCalls.slice(-2)).toEqual(['ftruncate lines.txt', 'close lines.txt']);
    },
  );

  it('does without the name where the folder cannot be synced, and closes it', () => {
    failing(`fsync ${name}`, 'EINVAL');
    appendLines(path, 'one\n');
    expect(readFileSync(path, 'utf8')).toBe('one\n');
    expect(fileCalls.slice(-2)).toEqual([`close ${name}`, 'close lines.txt']);
  });

  it('says what is wrong with the place, and keeps what is unknown', () => {
    expect(() => appendLines(join(folder, 'none', 'lines.txt'), 'x\n')).toThrow(
      /^there is no folder .*none$/,
    );
    failing('write lines.txt', 'EIO');
    expect(() => appendLines(path, 'x\n')).toThrow('the disk of ');
  });
});

describe('repairLines', () => {
  it('has the cut on the disk before it returns', async () => {
    writeFileSync(path, 'one\ntw');
    await repairLines(path);
    expect(readFileSync(path, 'utf8')).toBe('one\n');
    expect(fileCalls).toEqual([
      ...['open lines.txt r+', 'truncate lines.txt'],
      ...['sync lines.txt', 'close lines.txt'],
    ]);
  });

  it.each(['', 'one\n', 'ä\n'])('leaves whole lines as they are: %j', async (text) => {
    writeFileSync(path, text);
    await repairLines(path);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(fileCalls).toEqual(['open lines.txt r+', 'close lines.txt']);
  });

  it('counts bytes, not letters', async () => {
    writeFileSync(path, 'äöü\nä');
    await repairLines(path);
    expect(statSync(path).size).toBe(7);
  });

  it('leaves an absent file absent, and says what else is wrong', async () => {
    await expect(repairLines(path)).resolves.toBeUndefined();
    expect(isEmptyFile(path)).toBe(true);
    expect(() => statSync(path)).toThrow('ENOENT');
    failing('open lines.txt r+', 'EACCES');
    await expect(repairLines(path)).rejects.toMatchObject({ code: 'E_NOT_WRITABLE', exitCode: 2 });
    failing('open lines.txt r+', 'EIO');
    await expect(repairLines(path)).rejects.toMatchObject({ code: 'E_DISK', cause: { code: 'EIO' } });
  });
});

it('wholeLines leaves out what follows the last newline', () => {
  expect(['', 'a', 'a\n', 'a\n\nb', '\n'].map(wholeLines)).toEqual([[], [], ['a'], ['a', ''], ['']]);
});

it('isEmptyFile is true of no file and of no bytes, and tells what cannot be read', () => {
  expect(isEmptyFile(path)).toBe(true);
  writeFileSync(path, '');
  expect(isEmptyFile(path)).toBe(true);
  writeFileSync(path, '\n');
  expect(isEmptyFile(path)).toBe(false);
  expect(() => isEmptyFile(folder)).toThrow('EISDIR');
});

it('isEmptyFile closes what it has opened', () => {
  writeFileSync(path, 'a');
  // The system gives the lowest number that is free.
  const free = (): number => {
    const file = openSync(path, 'r');
    closeSync(file);
    return file;
  };
  const before = free();
  expect(isEmptyFile(path)).toBe(false);
  expect(free()).toBe(before);
});
