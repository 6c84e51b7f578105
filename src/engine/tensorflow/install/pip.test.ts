import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, FakeMachine, makeWheel, TENSORFLOW_FILES } from './testing.js';

const WHEEL = 'wheels/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_17_x86_64.whl';

let machine: FakeMachine;
beforeEach(() => (machine = new FakeMachine()));
afterEach(() => machine.remove());

const expectNothingInstalled = (): void => expect(machine.left()).toEqual([]);

const hasPip = ((): boolean => {
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasPip)('engine install by a real pip', () => {
  /** The machine's own python3 in the place of the fake. */
  const real = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
    rmSync(join(machine.home, 'bin/python3'));
    const PATH = `${join(machine.home, 'bin')}:${dirname(process.execPath)}:${process.env.PATH}`;
    return {
      ...process.env,
      ...machine.env,
      HOME: process.env.HOME,
      PATH,
      npm_execpath: undefined,
      PIP_FIND_LINKS: undefined,
      ...more,
    };
  };
  const fromFolder = (): NodeJS.ProcessEnv =>
    real({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(machine.home, 'wheels') });

  it('takes wheels from a folder', async () => {
    const { installation } = await machine.install({ flavour: 'cuda', env: fromFolder() });
    expect(existsSync(join(installation.dir, 'nvidia/nccl/lib/libnccl.so.2'))).toBe(true);
  });

  it('names the index that does not answer (exit 1)', async () => {
    const address = 'http://127.0.0.1:9/simple';
    const error = await failure(
      machine.install({
        env: real({ PIP_INDEX_URL: address, PIP_RETRIES: '1', PIP_CONFIG_FILE: '/dev/null' }),
      }),
    );
    expect([error.code, error.exitCode]).toEqual(['E_DOWNLOAD', 1]);
    expect(error.problems[0]).toMatchObject({
      what: expect.stringMatching(/^pip cannot reach its index for tensorflow-cpu==2\.21\.0: .*refused/),
      where: `PIP_INDEX_URL=${address}`,
    });
    expectNothingInstalled();
  });

  it('says when the wheel there is cut short (exit 1)', async () => {
    const env = fromFolder();
    machine.write(WHEEL, makeWheel('tensorflow_cpu-2.21.0', TENSORFLOW_FILES).subarray(0, 300));
    const error = await failure(machine.install({ env }));
    expect([error.code, error.exitCode]).toEqual(['E_CHECKSUM', 1]);
    expect(error.message).toMatch(
      /^the wheel of tensorflow-cpu==2\.21\.0 came damaged or cut short, and was removed: /,
    );
    expectNothingInstalled();
  });

  it('lists what pip offers (exit 2)', async () => {
    const error = await failure(machine.install({ version: '2.99.0', env: fromFolder() }));
    expect([error.exitCode, error.message]).toEqual([
      2,
      'pip finds no version 2.99.0 of tensorflow-cpu; it offers 2.21.0',
    ]);
  });
});
