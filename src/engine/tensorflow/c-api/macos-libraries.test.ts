import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SYSTEMS } from '../systems.js';
import { C_SIGNATURES } from './c-signatures.js';
import { readMachO } from './mach-o.testing.js';

/** The folder `tensorflow` of an unpacked wheel for macOS; docs/tensorflow.md says how to fetch one. */
const folder = process.env.INVOLVE_MACOS_TENSORFLOW;
const NONE = folder === undefined ? 'skipped: INVOLVE_MACOS_TENSORFLOW names no unpacked wheel' : undefined;

describe.skipIf(NONE)(`the libraries of the wheel for macOS${NONE ? ` (${NONE})` : ''}`, () => {
  const { library, framework } = SYSTEMS.darwin;

  it('have every function that is called', () => {
    const files = [library, framework].map((name) => readMachO(join(folder!, name)));
    expect(files.map(({ architecture }) => architecture)).toEqual(['arm64', 'arm64']);
    const missing = Object.keys(C_SIGNATURES).filter(
      (name) => !files.some(({ exported }) => exported.has(name)),
    );
    expect(missing).toEqual([]);
  });

  it('need what macOS has and one of them the other, and nothing of Python', () => {
    const needed = [library, framework].flatMap((name) => readMachO(join(folder!, name)).loads);
    const others = needed.filter((name) => !/^(\/usr\/lib\/|\/System\/Library\/)/.test(name));
    expect(new Set(others)).toEqual(new Set([`@rpath/${framework}`]));
  });
});
