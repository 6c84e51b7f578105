import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findInstallation } from '../installation.js';
import { failure, FakeMachine, TENSORFLOW_FILES } from './testing.js';

let machine: FakeMachine;
beforeEach(() => (machine = new FakeMachine()));
afterEach(() => machine.remove());

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

describe('engine install cpu', () => {
  it('takes what is needed of the wheel and the package, and leaves nothing else', async () => {
    const progress: unknown[] = [];
    const installed = await machine.install({
      events: { onUnpack: (done, total) => progress.push([done, total]) },
    });
    const { dir } = installed.installation;
    expect(dir).toBe(join(machine.engines, 'tensorflow-cpu-2.21.0'));
    expect(below(machine.engines)).toEqual(
      [
        'manifest.json',
        'tensorflow/include/tensorflow/c/c_api.h',
        'tensorflow/include/tensorflow/c/near.h',
        'tensorflow/include/tensorflow/c/tf_status.h',
        'tensorflow/include/tsl/status.h',
        'tensorflow/libtensorflow_cc.so.2',
        'tensorflow/libtensorflow_framework.so.2',
        'tfjs-node/dist/index.js',
        'tfjs-node/package.json',
      ].map((name) => `tensorflow-cpu-2.21.0/${name}`),
    );
    expect(readdirSync(machine.engines)).toEqual(['tensorflow-cpu-2.21.0']);
    expect(readFileSync(installed.installation.library, 'utf8')).toBe('no library');
    const unpacked = Object.entries(TENSORFLOW_FILES).filter(([name]) => !/graph\.h|__init__/.test(name));
    const bytes = unpacked.reduce((sum, [, content]) => sum + content.length, 0);
    expect(progress.at(-1)).toEqual([bytes, bytes]);
    expect(installed).toMatchObject({ present: false, verified: { version: '2.21.0' } });
    const wheels = ['wheels/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_17_x86_64.whl', 'package.tgz'];
    const sizes = wheels.map((name) => statSync(join(machine.home, name)).size);
    expect(installed.downloadedBytes).toBe(sizes[0] + sizes[1]);
    expect(findInstallation('cpu', undefined, machine.env)).toEqual(installed.installation);
    expect(findInstallation('cuda', undefined, machine.env)).toBeNull();
  });

  it("takes macOS's libraries out of macOS's wheel", async () => {
    const files = Object.entries(TENSORFLOW_FILES).map(([name, content]): [string, string] => [
      name.replace(/(libtensorflow_\w+)\.so\.2$/, '$1.2.dylib'),
      content,
    ]);
    machine.addWheel('tensorflow-2.21.0', Object.fromEntries(files));
    const mac = { platform: 'darwin', arch: 'arm64', glibc: undefined, release: '23.4.0' } as const;
    const { installation } = await machine.install({ instead: { machine: mac } });
    expect(machine.asked()).toEqual(['tensorflow==2.21.0 3.11']);
    expect(installation.library).toBe(join(installation.dir, 'tensorflow/libtensorflow_cc.2.dylib'));
    expect(below(join(installation.dir, 'tensorflow')).filter((name) => name.endsWith('.dylib'))).toEqual([
      'libtensorflow_cc.2.dylib',
      'libtensorflow_framework.2.dylib',
    ]);
    const [platforms] = readFileSync(join(machine.home, 'pip-platforms.log'), 'utf8').split('\n');
    expect(platforms).toBe('macosx_14_0_arm64 macosx_13_0_arm64 macosx_12_0_arm64 macosx_11_0_arm64');
    expect(findInstallation('cpu', undefined, machine.env)).toEqual(installation);
  });

  it('runs no script of the package', async () => {
    await machine.install();
    expect(readFileSync(join(machine.home, 'npm.log'), 'utf8')).toMatch(
      /^pack @tensorflow\/tfjs-node-gpu@4\.22\.0 --pack-destination \S+ --ignore-scripts\n$/,
    );
  });

  it('fetches nothing when it is there', async () => {
    await machine.install();
    const again = await machine.install();
    expect(again).toMatchObject({ present: true, downloadedBytes: 0 });
    expect(machine.asked()).toEqual(['tensorflow-cpu==2.21.0 3.11']);
  });

  it('takes the wheel of another Python where the version has none for the first', async () => {
    machine.addWheel('tensorflow_cpu-2.30.0', TENSORFLOW_FILES);
    const of311 = 'wheels/tensorflow_cpu-2.30.0-cp311-cp311-manylinux_2_17_x86_64.whl';
    machine.write('wheels/tensorflow_cpu-2.30.0-cp313-cp313-manylinux_2_17_x86_64.whl', machine.take(of311));
    const { installation } = await machine.install({ version: '2.30' });
    expect(installation.version).toBe('2.30.0');
    expect(machine.asked().map((line) => line.split(' ')[1])).toEqual(['3.11', '3.12', '3.13']);
  });

  it('goes to --dir, and is found there later', async () => {
    const dir = join(machine.home, 'elsewhere');
    const { installation } = await machine.install({ dir });
    expect(installation.dir).toBe(join(dir, 'tensorflow-cpu-2.21.0'));
    expect(findInstallation(undefined, undefined, machine.env)?.dir).toBe(installation.dir);
    const other = { ...machine.env, INVOLVE_ENGINE_DIR: join(machine.home, 'empty') };
    expect(findInstallation(undefined, undefined, other)).toBeNull();
  });

  it('uses the one installed last of two versions', async () => {
    machine.addWheel('tensorflow_cpu-2.15.1', TENSORFLOW_FILES);
    await machine.install();
    await machine.install({ version: '2.15.1' });
    expect(findInstallation('cpu', undefined, machine.env)?.version).toBe('2.15.1');
  });

  it('mends an installation of which a file is missing', async () => {
    const { installation } = await machine.install();
    rmSync(installation.library);
    expect(findInstallation('cpu', undefined, machine.env)).toBeNull();
    expect(await machine.install()).toMatchObject({ present: false });
    expect(existsSync(installation.library)).toBe(true);
  });
});

describe('engine install cuda', () => {
  it("takes NVIDIA's wheels that TensorFlow's own wheel names, and lays them where it looks for them", async () => {
    const { installation } = await machine.install({ flavour: 'cuda' });
    expect(machine.asked()).toEqual([
      'tensorflow==2.21.0 3.11',
      'nvidia-nccl-cu12<3.0,>=2.27.7 3.11',
      'nvidia-cuda-nvcc-cu12==12.5.82 3.11',
    ]);
    expect(below(join(installation.dir, 'nvidia'))).toEqual([
      'cuda_nvcc/bin/ptxas',
      'cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
      'nccl/lib/libnccl.so.2',
    ]);
    expect(statSync(join(installation.dir, 'nvidia/cuda_nvcc/bin/ptxas')).mode & 0o777).toBe(0o755);
    expect(statSync(join(installation.dir, 'nvidia/nccl/lib/libnccl.so.2')).mode & 0o111).toBe(0);
  });

  it('comes before the CPU one, which stays', async () => {
    await machine.install({ flavour: 'cuda' });
    await machine.install();
    expect(findInstallation(undefined, undefined, machine.env)?.flavour).toBe('cuda');
    expect(findInstallation('cpu', undefined, machine.env)?.flavour).toBe('cpu');
  });
});

describe('one installation at a time', () => {
  it('names the process that is at it', async () => {
    const slow = machine.install({ env: { FAKE_PIP_MS: '1000' } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const error = await failure(machine.install());
    expect([error.code, error.exitCode]).toEqual(['E_INSTALL_LOCKED', 2]);
    expect(error.message).toMatch(
      new RegExp(`^${machine.engines} is in use by process ${process.pid} \\(since .*Z\\)$`),
    );
    expect(error.problems[0].try).toMatch(/or choose another folder by --dir$/);
    expect(await slow).toMatchObject({ present: false });
  });

  it('stops when it is told to, and keeps what is whole', async () => {
    const controller = new AbortController();
    const installing = machine.install({
      flavour: 'cuda',
      env: { FAKE_PIP_HANGS_AT: 'nvidia-cuda-nvcc-cu12' },
      signal: controller.signal,
      events: {
        onDownload: (file) => {
          if (file !== 'nvidia-cuda-nvcc-cu12') return;
          // Not before pip has begun.
          const begun = () => expect(machine.asked().at(-1)).toContain(file);
          void vi.waitFor(begun, { timeout: 60_000 }).then(() => controller.abort());
        },
      },
    });
    await expect(installing).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(machine.engines)).toEqual(['.downloads']);
    await machine.install({ flavour: 'cuda' });
    expect(machine.asked()).toEqual([
      'tensorflow==2.21.0 3.11',
      'nvidia-nccl-cu12<3.0,>=2.27.7 3.11',
      'nvidia-cuda-nvcc-cu12==12.5.82 3.11',
      'nvidia-cuda-nvcc-cu12==12.5.82 3.11',
    ]);
  });
});
