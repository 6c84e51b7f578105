import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { checkNode, examine, run } from './doctor.js';

describe('doctor', () => {
  it.each([
    ['20.9.0', 'ok'],
    ['22.1.0', 'ok'],
    ['20.8.1', 'lacks'],
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

  it('prints JSON', async () => {
    const out: string[] = [];
    const context = {
      print: (line: string) => void out.push(line),
      note: () => undefined,
      interactive: false,
      cwd: tmpdir(),
    };
    expect(await run([], { json: true }, context)).toBe(0);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ canTrain: true });
  });
});
