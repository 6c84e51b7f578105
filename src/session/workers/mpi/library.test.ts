import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadMpi } from './library.js';

describe('the library of MPI', () => {
  it.each([
    ['/nowhere/libmpi.so', 'E_MPI_NAMED', 2, /^the MPI that INVOLVE_MPI names does not load: .*nowhere/],
    [
      '~/no-such-folder/libmpi.so',
      ...(['E_MPI_NAMED', 2, new RegExp(`does not load: .*${homedir()}/no-such-folder`)] as const),
    ],
    // A library of this system that is none of MPI.
    [
      process.platform === 'darwin' ? '/usr/lib/libSystem.B.dylib' : 'libm.so.6',
      ...(['E_MPI_NAMED', 2, /^this library is none of MPI 3/] as const),
    ],
  ])('that INVOLVE_MPI names as %s is refused with words', async (INVOLVE_MPI, code, exitCode, message) => {
    await expect(loadMpi({ INVOLVE_MPI }, undefined)).rejects.toMatchObject({
      ...{ code, exitCode, message: expect.stringMatching(message) as string },
    });
  });
});
