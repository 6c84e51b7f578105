import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missing } from '../../../util/errors.js';
import { failure, FakeMachine, TENSORFLOW_FILES } from './testing.js';

const WHEEL = 'wheels/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_17_x86_64.whl';

let machine: FakeMachine;
beforeEach(() => (machine = new FakeMachine()));
afterEach(() => machine.remove());

const expectNothingInstalled = (): void => expect(machine.left()).toEqual([]);

describe('engine install, where pip or npm is the problem', () => {
  it('says what installs pip, when python3 has none or is not there (exit 3)', async () => {
    const none = await failure(machine.install({ env: { FAKE_PIP_VERSION: 'none' } }));
    expect([none.code, none.exitCode]).toEqual(['E_PIP_MISSING', 3]);
    expect(none.problems[0].what).toBe('pip fetches TensorFlow, and the python3 of this machine has none');
    expect(none.problems[0].try).toMatch(/python3-pip|python-pip|ensurepip/);
    rmSync(join(machine.home, 'bin/python3'));
    const noPython = await failure(machine.install({ env: { PATH: join(machine.home, 'bin') } }));
    expect([noPython.exitCode, noPython.message]).toEqual([
      3,
      'pip fetches TensorFlow, and there is no python3 on PATH',
    ]);
    expectNothingInstalled();
  });

  it('says when pip is too old (exit 3)', async () => {
    const error = await failure(machine.install({ env: { FAKE_PIP_VERSION: '20.0.2' } }));
    expect([error.exitCode, error.message]).toEqual([
      3,
      'pip 20.0.2 is too old to choose among platforms; 21 can',
    ]);
    expect(error.problems[0].try).toBe('python3 -m pip install --user --upgrade pip');
  });

  it('lists the versions that pip offers, for one that it has not (exit 2)', async () => {
    machine.addWheel('tensorflow_cpu-2.14.0', TENSORFLOW_FILES);
    machine.addWheel('tensorflow_cpu-2.16.2', TENSORFLOW_FILES);
    const error = await failure(machine.install({ version: '2.21.9' }));
    expect([error.code, error.exitCode]).toEqual(['E_VERSION', 2]);
    expect(error.problems).toEqual([
      {
        what: 'pip finds no version 2.21.9 of tensorflow-cpu; it offers 2.16.2, 2.21.0',
        where: '--version',
        try: '--version 2.21.0',
      },
    ]);
    expectNothingInstalled();
  });

  it('asks nobody for what is no version, or too old (exit 2)', async () => {
    const none = await failure(machine.install({ version: 'latest' }));
    expect([none.exitCode, none.message]).toEqual([
      2,
      '--version expects a version of TensorFlow such as 2.21.0, received "latest"',
    ]);
    const old = await failure(machine.install({ version: '2.9.1' }));
    expect([old.exitCode, old.message]).toEqual([
      2,
      '--version expects TensorFlow 2.15.0 or newer, received 2.9.1',
    ]);
    expect(machine.asked()).toEqual([]);
  });

  it('says when the index has nothing for this platform (exit 3)', async () => {
    rmSync(join(machine.home, WHEEL));
    const error = await failure(machine.install({ env: { PIP_INDEX_URL: 'https://me:secret@host/simple' } }));
    expect([error.code, error.exitCode]).toEqual(['E_NO_WHEEL', 3]);
    expect(error.problems[0]).toMatchObject({
      what: 'pip finds no wheel of tensorflow-cpu==2.21.0 for Linux on x86_64 with glibc 2.36',
      where: 'PIP_INDEX_URL=https://host/simple',
    });
  });

  it('repeats what pip warned of, where it found nothing', async () => {
    rmSync(join(machine.home, WHEEL));
    const error = await failure(machine.install({ env: { FAKE_PIP_WARNS: 'no route to host' } }));
    expect([error.code, error.message]).toEqual([
      'E_NO_WHEEL',
      'pip finds no wheel of tensorflow-cpu==2.21.0 for Linux on x86_64 with glibc 2.36: no route to host',
    ]);
  });

  it('says when the disk is full under pip (exit 1)', async () => {
    const env = {
      FAKE_PIP_FAILS:
        'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    };
    const error = await failure(machine.install({ env }));
    expect([error.code, error.exitCode, error.message]).toEqual([
      'E_DISK_FULL',
      1,
      'the disk is full: pip cannot write tensorflow-cpu==2.21.0',
    ]);
    expectNothingInstalled();
  });

  it("repeats pip's own words where it knows no better (exit 1)", async () => {
    const error = await failure(machine.install({ env: { FAKE_PIP_FAILS: 'note\nERROR: something new' } }));
    expect([error.exitCode, error.message]).toEqual([
      1,
      'pip could not fetch tensorflow-cpu==2.21.0: something new',
    ]);
    const traceback =
      'ERROR: Exception:\nTraceback (most recent call last):\n  File "x"\nOSError: [Errno 27] too large\n';
    const unexpected = await failure(machine.install({ env: { FAKE_PIP_FAILS: traceback } }));
    expect(unexpected.message).toBe(
      'pip could not fetch tensorflow-cpu==2.21.0: OSError: [Errno 27] too large',
    );
  });

  it('says when there is no npm (exit 3), or it cannot fetch (exit 1)', async () => {
    const env = {
      FAKE_NPM_FAILS:
        'npm error code ECONNREFUSED\nnpm error errno ECONNREFUSED\nnpm error FetchError: request to http://127.0.0.1:9/ failed',
    };
    const refused = await failure(machine.install({ env }));
    expect([refused.exitCode, refused.message]).toEqual([
      1,
      'npm could not fetch @tensorflow/tfjs-node-gpu@4.22.0: FetchError: request to http://127.0.0.1:9/ failed',
    ]);
    rmSync(join(machine.home, 'bin/npm'));
    machine.script('bin/python3', '#!/bin/sh\necho pip 24.0 from x\n');
    const none = await failure(machine.install({ env: { PATH: join(machine.home, 'bin') } }));
    expect([none.code, none.exitCode]).toEqual(['E_NPM_MISSING', 3]);
    expectNothingInstalled();
  });

  it('refuses another file under the name of the package (exit 1)', async () => {
    machine.write('package.tgz', 'something else');
    const error = await failure(machine.install());
    expect([error.code, error.exitCode]).toEqual(['E_CHECKSUM', 1]);
    expect(error.message).toMatch(
      /^npm's file of @tensorflow\/tfjs-node-gpu@4\.22\.0 has sha512-\S+, expected sha512-\S+; it was removed$/,
    );
    expectNothingInstalled();
  });
});

describe('engine install, where a wheel is the problem', () => {
  it('refuses a file that is not what RECORD promises, and fetches the wheel anew (exit 1)', async () => {
    const library = 'tensorflow/libtensorflow_cc.so.2';
    machine.addWheel('tensorflow_cpu-2.21.0', TENSORFLOW_FILES, {
      [library]: `${library},sha256=ZQWkuWV-YhAMa9rLaDlXo5XLBHclBClFqqUOQKceQp4,10`,
    });
    const error = await failure(machine.install());
    expect([error.code, error.exitCode]).toEqual(['E_WHEEL_DAMAGED', 1]);
    expect(error.message).toMatch(
      /^the wheel is damaged or cut short: tensorflow\/libtensorflow_cc\.so\.2 is not what its RECORD promises \(SHA-256 [\w-]{43}\)$/,
    );
    expectNothingInstalled();
    machine.addWheel('tensorflow_cpu-2.21.0', TENSORFLOW_FILES);
    expect(await machine.install()).toMatchObject({ present: false });
  });

  it.each([0.3, 0.9])('refuses a wheel cut short at %s of it (exit 1)', async (part) => {
    const whole = machine.take(WHEEL);
    machine.write(WHEEL, whole.subarray(0, Math.round(part * whole.length)));
    const error = await failure(machine.install());
    expect([error.code, error.exitCode]).toEqual(['E_WHEEL_DAMAGED', 1]);
    expect(error.problems[0].try).toBe('the same command again: the wheel was removed and is fetched anew');
    expectNothingInstalled();
    machine.write(WHEEL, whole);
    expect(await machine.install()).toMatchObject({ present: false });
  });

  it('refuses a wheel whose content is damaged (exit 1)', async () => {
    const wheel = machine.take(WHEEL);
    wheel[66] ^= 255;
    machine.write(WHEEL, wheel);
    expect(await failure(machine.install())).toMatchObject({ code: 'E_WHEEL_DAMAGED', exitCode: 1 });
    expectNothingInstalled();
  });

  it('says when the wheel holds no library, as arm64 ones of long ago (exit 3)', async () => {
    machine.addWheel('tensorflow_cpu-2.21.0', { 'tensorflow/__init__.py': '' });
    const error = await failure(machine.install());
    expect([error.exitCode, error.message]).toEqual([
      3,
      'the wheel of tensorflow-cpu==2.21.0 for this platform holds no libtensorflow_cc.so.2',
    ]);
  });

  it('installs nothing when the library does not load, and need not fetch again (exit 3)', async () => {
    const verify = (): Promise<never> =>
      Promise.reject(missing('E_TENSORFLOW_BROKEN', { what: 'invalid ELF header' }));
    expect((await failure(machine.install({ instead: { verify } }))).message).toBe('invalid ELF header');
    expectNothingInstalled();
    expect(await machine.install()).toMatchObject({ present: false, downloadedBytes: 0 });
  });
});

describe('engine install, where the machine is the problem', () => {
  it.each([
    [
      'cpu',
      'darwin',
      'x64',
      undefined,
      'libtensorflow installs on Linux on x86-64 and arm64 and on macOS on arm64, this is darwin on x64',
    ],
    [
      'cpu',
      'win32',
      'x64',
      undefined,
      "on Windows TensorFlow's C API is a part of its Python modules, and does not load without Python",
    ],
    [
      'cpu',
      'linux',
      'ppc64',
      '2.36',
      'libtensorflow installs on Linux on x86-64 and arm64 and on macOS on arm64, this is linux on ppc64',
    ],
    [
      'cpu',
      'linux',
      'x64',
      undefined,
      'TensorFlow is built for glibc, the C library of this machine is another one',
    ],
    [
      'cuda',
      'linux',
      'arm64',
      '2.36',
      'TensorFlow has CUDA on Linux on x86-64 alone, this is linux on arm64',
    ],
    [
      'cuda',
      'darwin',
      'arm64',
      undefined,
      'TensorFlow has CUDA on Linux on x86-64 alone, this is darwin on arm64',
    ],
  ] as const)('%s on %s, %s, glibc %s (exit 3)', async (flavour, platform, arch, glibc, what) => {
    const error = await failure(
      machine.install({ flavour, instead: { machine: { platform, arch, glibc } } }),
    );
    expect([error.code, error.exitCode, error.message]).toEqual(['E_PLATFORM', 3, what]);
    expect(machine.asked()).toEqual([]);
  });

  it('takes the wheel without a suffix on arm64', async () => {
    const instead = { machine: { platform: 'linux', arch: 'arm64', glibc: '2.31' } } as const;
    await machine.install({ instead });
    expect(machine.asked()).toEqual(['tensorflow==2.21.0 3.11']);
  });

  it('fetches nothing where it will not fit (exit 1)', async () => {
    const error = await failure(machine.install({ flavour: 'cuda', instead: { freeBytes: () => 5e9 } }));
    expect([error.code, error.exitCode, error.problems]).toEqual([
      'E_DISK_FULL',
      1,
      [
        {
          what: 'installing takes 9.1 GB of disk, 5.0 GB are free',
          where: machine.engines,
          try: 'make room, or choose another place: --dir DIR',
        },
      ],
    ]);
    expect(machine.asked()).toEqual([]);
    expectNothingInstalled();
  });

  it('fetches nothing where the library could not be called (exit 3)', async () => {
    const absent = missing('E_KOFFI_MISSING', { what: 'koffi is not installed', try: 'npm install koffi' });
    const error = await failure(machine.install({ instead: { caller: () => Promise.reject(absent) } }));
    expect([error.code, error.exitCode]).toEqual(['E_KOFFI_MISSING', 3]);
    expect(machine.asked()).toEqual([]);
    expectNothingInstalled();
  });

  it('says when a folder cannot be there', async () => {
    machine.write('file', '');
    const error = await failure(machine.install({ dir: join(machine.home, 'file/engines') }));
    expect([error.code, error.exitCode]).toEqual(['E_NOT_WRITABLE', 2]);
  });
});
