import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
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
    vi.stubEnv('INVOLVE_PYTHON', '~/no-such-folder/python');
    expect(() => openPythonReader(reading)).toThrow(
      `there is no Python called ${join(homedir(), 'no-such-folder/python')}, whose timm`,
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

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'is not misled by what libraries print where answers go',
    async () => {
      const noisy = 'print("a module is missing")\n__version__ = "1.0"\n';
      writeFileSync(join(folder, 'timm.py'), noisy);
      writeFileSync(join(folder, 'torch.py'), noisy);
      writeFileSync(
        join(folder, 'numpy.py'),
        'uint8 = None\nclass frombuffer:\n  def __init__(*_): pass\n  def reshape(self, *_): return self\n',
      );
      vi.stubEnv('INVOLVE_PYTHON', 'python3');
      vi.stubEnv('PYTHONPATH', folder);
      const network = `
import timm
size = 1
class Logits:
    contiguous = numpy = lambda self: self
    astype = lambda self, _: self
    tobytes = lambda self: struct.pack("<2f", 1, 2)
def logits_of(pixels):
    print("computing")
    return Logits()
`;
      const reader = await openPythonReader({ ...reading, network })(folder);
      expect(reader.description).toBe('timm 1.0, torch 1.0');
      expect([...(await reader.logits(new Uint8Array(3), 1))]).toEqual([1, 2]);
      await reader.close();
    },
  );
});
