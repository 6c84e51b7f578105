import { constants } from 'node:os';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { badInput, InvolveError } from './errors.js';
import { makeFolder } from './writing/make-folder.js';
import { errorCode, explainSystemError, explainWriteError } from './system-error.js';

const folder = mkdtempSync(join(tmpdir(), 'involve-system-'));
afterAll(() => rmSync(folder, { recursive: true }));

const failure = (code: string, fields: object = {}): Error =>
  Object.assign(new Error(`${code}: no, open '/data/a.txt'`), {
    code,
    errno: -1,
    syscall: 'open',
    ...fields,
  });

describe('explainWriteError', () => {
  const explain = (code: string): InvolveError | undefined =>
    explainWriteError(failure(code), join(folder, 'a.txt'));

  it('calls a full disk a failed run, and says how much is free', () => {
    const error = explain('ENOSPC');
    expect(error).toMatchObject({
      code: 'E_DISK_FULL',
      exitCode: 1,
      message: 'the disk is full: cannot write a.txt',
    });
    expect(error?.problems[0]).toEqual({
      what: 'the disk is full: cannot write a.txt',
      where: join(folder, 'a.txt'),
      try: expect.stringMatching(
        /^free some space; [\d.]+ [kMG]B are free there now; what was saved before is unchanged$/,
      ),
    });
    expect(explain('EDQUOT')?.code).toBe('E_DISK_FULL');
    expect(explain('EFBIG')?.problems[0]).toMatchObject({
      what: 'the file size limit does not allow to write a.txt',
      try: 'raise the limit (ulimit -f); what was saved before is unchanged',
    });
  });

  it('calls a place that cannot be written to bad input', () => {
    for (const [code, what] of [
      ['EACCES', 'no permission to write a.txt'],
      ['EPERM', 'no permission to write a.txt'],
      ['EROFS', 'a.txt is on a read-only disk'],
      ['EISDIR', 'a.txt is a folder, and a file is to be written'],
    ])
      expect(explain(code)).toMatchObject({
        ...{ code: 'E_NOT_WRITABLE', exitCode: 2, message: what },
        cause: { code },
      });
  });

  /** What is said of a place that the system itself refuses to write to. */
  const refusal = (path: string): { what?: string; try?: string } => {
    try {
      writeFileSync(path, '');
    } catch (error) {
      const explained = explainWriteError(error, path);
      expect(explained).toMatchObject({ code: 'E_NOT_WRITABLE', exitCode: 2, problems: [{ where: path }] });
      return { what: explained!.problems[0].what, try: explained!.problems[0].try };
    }
    throw new Error(`Expected a refusal but ${path} was written`);
  };

  it('advises to make a folder only where one can be made', () => {
    expect(refusal(join(folder, 'my runs', 'a', 'b.csv'))).toEqual({
      what: `there is no folder ${join(folder, 'my runs', 'a')}`,
      try: `create it: mkdir -p '${join(folder, 'my runs', 'a')}'`,
    });
    const file = join(folder, 'a.yaml');
    writeFileSync(file, '');
    for (const below of ['r.md', join('a', 'b', 'r.md')])
      expect(refusal(join(file, below))).toEqual({
        what: `${file} is a file, and a folder is needed`,
        try: 'choose another folder',
      });
  });

  it.skipIf(process.platform !== 'linux')('says that the system lets nothing be made in a folder', () => {
    for (const path of ['/proc/x', '/proc/x/y/z'])
      expect(refusal(path)).toEqual({
        what: `the system lets nothing be made in ${path === '/proc/x' ? '/proc' : '/proc/x/y'}`,
        try: 'choose another folder',
      });
  });

  it('knows of a folder that was to be made which one above it the system refused', async () => {
    const file = join(folder, 'b.yaml');
    writeFileSync(file, '');
    const said = async (path: string): Promise<string | undefined> =>
      makeFolder(path).then(
        () => undefined,
        (error: unknown) => explainWriteError(error, path)?.message,
      );
    expect(await said(file)).toBe(`${file} is a file, and a folder is needed`);
    expect(await said(join(file, 'a', 'b'))).toBe(`${file} is a file, and a folder is needed`);
    if (process.platform === 'linux')
      expect(await said('/proc/x/y/z')).toBe('the system lets nothing be made in /proc');
  });

  it('leaves defects alone', () => {
    expect(explainWriteError('text', 'a.txt')).toBeUndefined();
    expect(explainWriteError(new TypeError('x is undefined'), 'a.txt')).toBeUndefined();
    expect(
      explainWriteError(Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }), 'a'),
    ).toBeUndefined();
  });
});

describe('explainSystemError', () => {
  it('has words, a place, advice and an exit code for every error there is', () => {
    for (const code of Object.keys(constants.errno)) {
      const explained = explainSystemError(failure(code, { path: '/data/a.txt' }));
      expect(explained, code).toBeInstanceOf(InvolveError);
      const [problem] = explained!.problems;
      expect(problem.where, code).toBe('/data/a.txt');
      expect(problem.try, code).toBeTruthy();
      expect([1, 2, 3], code).toContain(explained!.exitCode);
    }
  });

  it.each([
    ['ENOENT', 2, 'there is no /data/a.txt'],
    ['EACCES', 2, 'no permission to use /data/a.txt'],
    ['EISDIR', 2, '/data/a.txt is a folder, and a file is needed'],
    ['ENOTDIR', 2, 'a part of /data/a.txt is a file, no folder'],
    ['EEXIST', 2, '/data/a.txt exists'],
    ['ELOOP', 2, 'the links at /data/a.txt go round in a circle'],
    ['EMFILE', 3, 'the system lets this process open no more files'],
    ['ENOMEM', 1, 'the system has no memory left'],
    ['ENOSPC', 1, 'the disk is full: cannot write a.txt'],
    ['EIO', 1, 'the disk of /data/a.txt does not answer'],
  ])('%s ends with %i: %s', (code, exitCode, what) => {
    const explained = explainSystemError(failure(code, { path: '/data/a.txt' }));
    expect(explained).toMatchObject({ exitCode, message: what });
  });

  it('cuts a name that is too long', () => {
    const path = `/data/${'a'.repeat(300)}`;
    expect(explainSystemError(failure('ENAMETOOLONG', { path }))?.message.length).toBeLessThan(120);
  });

  it('knows a program that is not there from a file that is not there', () => {
    const { error } = spawnSync('no-such-program-involve');
    expect(explainSystemError(error)).toMatchObject({
      exitCode: 3,
      message: 'the program no-such-program-involve is not on this machine',
    });
    expect(explainSystemError(failure('EAGAIN', { syscall: 'spawn node' }))?.problems[0].try).toContain(
      'ulimit -u',
    );
  });

  it('takes real errors', () => {
    const caught = (work: () => unknown): unknown => {
      try {
        return work();
      } catch (error) {
        return error;
      }
    };
    const missing = caught(() => openSync(join(folder, 'none'), 'r'));
    expect(errorCode(missing)).toBe('ENOENT');
    expect(explainSystemError(missing)?.problems[0].where).toBe(join(folder, 'none'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(explainSystemError(caught(() => openSync(join(file, 'a'), 'r')))).toMatchObject({
      code: 'E_NO_FILE',
      message: `there is no ${join(file, 'a')}: ${file} is a file, no folder`,
    });
    for (const path of [file, join(file, 'a')])
      expect(explainSystemError(caught(() => mkdirSync(path)))).toMatchObject({
        code: 'E_NOT_WRITABLE',
        problems: [{ what: `${file} is a file, and a folder is needed`, where: path }],
      });
  });

  it('leaves what is explained already, and what is a defect', () => {
    expect(explainSystemError(badInput('E_X', { what: 'x' }))).toBeUndefined();
    expect(explainSystemError(new RangeError('x'))).toBeUndefined();
    expect(explainSystemError(undefined)).toBeUndefined();
  });
});
