import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TensorflowInstallation } from '../installation.js';
import { failure, FakeMachine } from './testing.js';
import { verifyInstallation } from './verify.js';

const dir = mkdtempSync(join(tmpdir(), 'involve-verify-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const isBuilt = existsSync(
  join(import.meta.dirname, '../../../../dist/engine/tensorflow/install/verify-worker.js'),
);

const installation = (flavour: 'cpu' | 'cuda' = 'cpu'): TensorflowInstallation => ({
  ...{ dir, flavour, version: '2.21.0', library: join(dir, 'libtensorflow_cc.so.2') },
  ...{ framework: '', nodeKernels: '', includes: null, customOps: null },
});

/** A child process that does this in the place of the real one. */
function worker(code: string): string {
  const file = join(dir, `worker-${Math.abs(code.length)}-${code.replace(/\W+/g, '').slice(0, 30)}.mjs`);
  writeFileSync(file, code);
  return file;
}
const answers = (verified: object): string =>
  `console.log('a greeting'); console.log(${JSON.stringify(JSON.stringify({ verified }))});`;
const onCpu = { version: '2.21.0', device: 'CPU', gpuMemoryBytes: null };

describe('verifyInstallation', () => {
  it('tells what an operation showed', async () => {
    const onGpu = { version: '2.21.0', device: 'GPU', gpuMemoryBytes: 8e9 };
    expect(await verifyInstallation(installation('cuda'), undefined, worker(answers(onGpu)))).toEqual({
      ...onGpu,
      noGpu: null,
    });
    expect(await verifyInstallation(installation(), undefined, worker(answers(onCpu)))).toEqual({
      ...onCpu,
      noGpu: null,
    });
  });

  it.each([
    [
      'E0000 00:00:17 855 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: UNKNOWN ERROR (303)',
      'there is no NVIDIA driver (failed call to cuInit: INTERNAL: CUDA error: UNKNOWN ERROR (303))',
    ],
    [
      'W0000 00:00:17 855 gpu_device.cc:2342] Cannot dlopen some GPU libraries. Please make sure',
      'Cannot dlopen some GPU libraries. Please make sure',
    ],
    ['nothing of interest', 'TensorFlow found no NVIDIA GPU'],
  ])('tells why CUDA found no GPU: %s', async (said, noGpu) => {
    const child = worker(`console.error(${JSON.stringify(said)}); ${answers(onCpu)}`);
    expect(await verifyInstallation(installation('cuda'), undefined, child)).toMatchObject({ noGpu });
  });

  it.each([
    ['2.22.0rc0', '2.22.0-rc0'],
    ['2.21.0.post1', '2.21.0'],
    ['2.21.0.post12', '2.21.0'],
  ])('takes the wheel of %s, whose library calls itself %s', async (version, said) => {
    const child = worker(answers({ ...onCpu, version: said }));
    expect(await verifyInstallation({ ...installation(), version }, undefined, child)).toMatchObject({
      version: said,
    });
  });

  it('refuses a library of another version (exit 3)', async () => {
    const other = worker(answers({ ...onCpu, version: '2.15.1' }));
    const error = await failure(verifyInstallation(installation(), undefined, other));
    expect([error.exitCode, error.problems]).toEqual([
      3,
      [
        {
          what: 'the library says that it is TensorFlow 2.15.1, expected 2.21.0',
          where: dir,
          try: 'involve engine remove cpu && involve engine install cpu',
        },
      ],
    ]);
  });

  it.each([
    [
      `process.kill(process.pid, 'SIGILL')`,
      'SIGILL): this processor lacks instructions that it was built for',
    ],
    [`console.error('corrupted memory'); process.kill(process.pid, 'SIGSEGV')`, 'SIGSEGV): corrupted memory'],
    [`process.exit(7)`, 'exit code 7)'],
  ])('survives a library that ends its process: %s (exit 3)', async (code, end) => {
    const error = await failure(verifyInstallation(installation(), undefined, worker(code)));
    expect([error.code, error.exitCode, error.message]).toEqual([
      'E_TENSORFLOW_BROKEN',
      3,
      `TensorFlow ended its process when it was tried (${end}`,
    ]);
  });
});

describe.skipIf(!isBuilt)('verifyInstallation, by the real child process', () => {
  it('repeats what dlopen says of a library that does not load (exit 3)', async () => {
    writeFileSync(
      join(dir, 'libtensorflow_cc.so.2'),
      'no library, but long enough to have a header of 64 bytes or more',
    );
    const error = await failure(verifyInstallation(installation()));
    expect([error.code, error.exitCode]).toEqual(['E_TENSORFLOW_BROKEN', 3]);
    expect(error.message).toBe(
      `TensorFlow's library does not load: ${join(dir, 'libtensorflow_cc.so.2')}: invalid ELF header`,
    );
    expect(error.problems[0].where).toBe(join(dir, 'libtensorflow_cc.so.2'));
  });

  it('keeps an installation from appearing whose library does not load', async () => {
    const machine = new FakeMachine();
    mkdirSync(machine.engines, { recursive: true });
    try {
      const error = await failure(machine.install({ instead: { verify: verifyInstallation } }));
      expect(error.message).toMatch(
        /^TensorFlow's library does not load: .*: (file too short|invalid ELF header)$/,
      );
      expect(existsSync(join(machine.engines, 'tensorflow-cpu-2.21.0'))).toBe(false);
    } finally {
      machine.remove();
    }
  });
});
