import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { checkMpi, checkNode, examine } from './examine-machine.js';

describe('this machine', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['22.1.0', 'ok'],
    ['20.18.3', 'lacks'],
    ['20.9.0', 'lacks'],
    ['18.20.0', 'lacks'],
  ])('Node %s: %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });

  it('says what there is of MPI, and never lacks it', async () => {
    expect(await checkMpi({ INVOLVE_MPI: '/nowhere/libmpi.so' })).toMatchObject({
      name: 'mpi',
      status: 'note',
      detail: expect.stringMatching(/^the MPI that INVOLVE_MPI names does not load: /) as string,
    });
    const { status, detail } = await checkMpi({});
    if (status === 'ok') expect(detail).toMatch(/^(Open MPI v|MPICH )[\d.]+ \(lib/);
    else expect(detail).toMatch(/^none found/);
  });

  it('finds that this machine can train, and what is only a note', async () => {
    const checks = await examine(tmpdir());
    expect(checks.filter(({ status }) => status === 'lacks')).toEqual([]);
    expect(checks).toContainEqual({
      name: 'data intel',
      status: 'note',
      detail: 'not in datasets/intel',
      fix: 'involve data get intel',
    });
  });
});
