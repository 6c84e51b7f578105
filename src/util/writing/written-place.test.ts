import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writtenPlace } from './written-place.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-place-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('where a named file is written', () => {
  it('is where its links lead, which are taken from where they stand', () => {
    symlinkSync('none.txt', join(folder, 'link'));
    expect(writtenPlace(join(folder, 'link'))).toEqual({ path: join(folder, 'none.txt'), isStream: false });
    symlinkSync(join(folder, 'link'), join(folder, 'other'));
    expect(writtenPlace(join(folder, 'other'))).toEqual({ path: join(folder, 'none.txt'), isStream: false });
  });

  it('is the name itself of what is not there', () => {
    expect(writtenPlace(join(folder, 'a'))).toEqual({ path: join(folder, 'a'), isStream: false });
  });

  it.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/2', `/proc/${process.pid}/fd/1`])(
    'is %s, whatever stands open there',
    (name) => {
      expect(writtenPlace(name)).toEqual({ path: name, isStream: true });
    },
  );

  it('is a file of a folder that is called alike', () => {
    expect(writtenPlace('/srv/dev/stdout')).toEqual({ path: '/srv/dev/stdout', isStream: false });
  });
});
