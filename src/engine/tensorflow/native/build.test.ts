import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildCustomOps, findCustomOps } from './build.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'involve-ops-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** A compiler that says its version and then does as the script says. */
function fakeCompiler(script: string): void {
  const path = join(dir, 'c++');
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && { echo "fake 1.0"; exit 0; }\n${script}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv('CXX', path);
}

/** Writes its output, as a compiler does. */
const COMPILES = `
out=; while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done; echo code > "$out"`;

describe('building the custom operations', () => {
  it('compiles into the installation once, and finds the library again', async () => {
    fakeCompiler(`echo "$@" >> ${join(dir, 'calls')}\n${COMPILES}`);
    expect(findCustomOps({ dir })).toBeNull();
    const { path, note } = await buildCustomOps({ dir });
    expect(note).toMatch(/^custom operations built in [\d.]+ s by fake 1\.0$/);
    expect(path).toMatch(/ops\/involve-ops-[0-9a-f]{16}-[0-9a-f]{8}\.so$/);
    expect(findCustomOps({ dir })).toBe(path);
    expect(readdirSync(join(dir, 'ops'))).toHaveLength(1);
    fakeCompiler('exit 1');
    expect((await buildCustomOps({ dir })).path).toBe(path);
  });

  it('goes on without where there is no compiler', async () => {
    vi.stubEnv('CXX', join(dir, 'none'));
    const { path, note } = await buildCustomOps({ dir });
    expect(path).toBeNull();
    expect(note).toBe(
      "custom operations are not built, TensorFlow's own take their place: no C++ compiler on this machine (tried $CXX, c++, g++, clang++)",
    );
  });

  it('says what a compiler complained about, and does not try it again', async () => {
    fakeCompiler(`echo x >> ${join(dir, 'calls')}; echo "simd.h:1: error: too old" >&2; exit 1`);
    const { path, note } = await buildCustomOps({ dir });
    expect(path).toBeNull();
    expect(note).toContain('simd.h:1: error: too old');
    rmSync(join(dir, 'calls'));
    expect((await buildCustomOps({ dir })).note).toBe(note);
    expect(readdirSync(dir)).not.toContain('calls');
    expect(readdirSync(join(dir, 'ops')).filter((name) => name.startsWith('build-'))).toEqual([]);
  });

  it('does without the processor’s own instructions where a compiler does not know it', async () => {
    fakeCompiler(`case "$*" in *=native*) exit 1;; esac\n${COMPILES}`);
    expect((await buildCustomOps({ dir })).path).not.toBeNull();
  });

  it('is a note where the installation cannot be written to', async () => {
    fakeCompiler(COMPILES);
    writeFileSync(join(dir, 'ops'), 'a file');
    const { path, note } = await buildCustomOps({ dir });
    expect(path).toBeNull();
    expect(note).toMatch(/^custom operations are not built/);
  });
});
