import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { doctor } from './doctor.js';

describe('doctor', () => {
  it('prints JSON', async () => {
    const out: string[] = [];
    const context = {
      print: (line: string) => void out.push(line),
      note: () => undefined,
      interactive: false,
      cwd: tmpdir(),
    };
    expect(await doctor.run({}, { json: true }, context)).toBe(0);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ canTrain: true });
  });
});
