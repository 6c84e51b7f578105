import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPythonReader } from './python-reader.js';

const reading = { packages: ['timm', 'torch'], network: '' } as const;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'involve-python-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A Python of a few lines of the shell; tells versions, and then does `work`. */
function python(work: string): void {
  const path = join(folder, 'python');
  writeFileSync(path, `#!/bin/sh\ncase "$2" in *print*) echo "timm 1.0, torch 2.0";; *) ${work};; esac\n`);
  chmodSync(path, 0o755);
  vi.stubEnv('INVOLVE_PYTHON', path);
}

describe('what reads a folder by Python', () => {
  it('says that there is no Python, or that it lacks the library, before anything is computed', () => {
    vi.stubEnv('INVOLVE_PYTHON', join(folder, 'none'));
    expect(() => openPythonReader(reading)).toThrow(
      expect.objectContaining({
        exitCode: 3,
        code: 'E_EXPORT_READER',
        message: expect.stringMatching(/^there is no Python called .*none, whose timm is to read/) as string,
      }),
    );
    vi.stubEnv('INVOLVE_PYTHON', 'false');
    expect(() => openPythonReader(reading)).toThrow('false has no timm, which is to read what is written');
  });

  it('says why a folder could not be read', async () => {
    python('echo "Traceback" >&2; echo "KeyError: conv" >&2; exit 1');
    const reader = await openPythonReader(reading)(folder);
    expect(reader.description).toBe('timm 1.0, torch 2.0');
    await expect(reader.logits(new Uint8Array(3), 1)).rejects.toMatchObject({
      exitCode: 1,
      problems: [
        {
          what: 'timm 1.0, torch 2.0 cannot read what was written: KeyError: conv',
          try: 'another version of timm; --check 0 writes the folder all the same',
        },
      ],
    });
  });

  it('takes the logits that come in pieces', async () => {
    python(`printf '\\010\\000\\000\\000\\000\\000'; sleep 0.1; printf '\\200\\077\\000\\000\\000\\100'`);
    const reader = await openPythonReader(reading)(folder);
    expect([...(await reader.logits(new Uint8Array(3), 1))]).toEqual([1, 2]);
    await reader.close();
  });
});
