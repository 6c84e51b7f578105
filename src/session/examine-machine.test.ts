import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { checkNode, examine } from './examine-machine.js';

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
