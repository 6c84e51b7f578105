import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { makeTarGz, makeZip } from '../../../data/get/archive.testing.js';
import { InvolveError } from '../../../util/errors.js';
import { installTensorflow, type Installed, type InstallRequest } from './install.js';
import type { NodeKernelsPackage } from './node-kernels-package.js';

/** Stands for `python3 -m pip`: wheels come from a folder, every request is written down. */
const FAKE_PYTHON = `#!/usr/bin/env node
const fs = require('node:fs'), path = require('node:path');
const args = process.argv.slice(2), env = process.env, home = env.FAKE_HOME;
if (args.includes('--version')) {
  if (env.FAKE_PIP_VERSION === 'none') { console.error('/usr/bin/python3: No module named pip'); process.exit(1); }
  console.log('pip ' + (env.FAKE_PIP_VERSION ?? '24.0') + ' from /usr/lib/python3 (python 3.11)');
  process.exit(0);
}
const value = (name) => args[args.indexOf(name) + 1];
const requirement = args.at(-1), python = value('--python-version');
fs.appendFileSync(path.join(home, 'pip.log'), requirement + ' ' + python + '\\n');
const platforms = args.filter((_, i) => args[i - 1] === '--platform').join(' ');
fs.appendFileSync(path.join(home, 'pip-platforms.log'), platforms + '\\n');
if (env.FAKE_PIP_WARNS) console.error('WARNING: ' + env.FAKE_PIP_WARNS);
if (env.FAKE_PIP_FAILS) { console.error(env.FAKE_PIP_FAILS); process.exit(1); }
const [, name, version] = /^([\\w-]*\\w)(?:==(.*))?/.exec(requirement);
const wheels = fs.readdirSync(path.join(home, 'wheels'));
const all = wheels.filter((each) => each.startsWith(name.replaceAll('-', '_') + '-'))
  .filter((each) => each.includes('-cp' + python.replace('.', '') + '-') || each.includes('-py3-'));
const wheel = all.find((each) => version === undefined || each.split('-')[1] === version);
if (wheel === undefined) {
  const versions = all.map((each) => each.split('-')[1]).join(', ') || 'none';
  console.error('ERROR: Could not find a version that satisfies the requirement ' + requirement + ' (from versions: ' + versions + ')');
  console.error('ERROR: No matching distribution found for ' + requirement);
  process.exit(1);
}
const content = fs.readFileSync(path.join(home, 'wheels', wheel));
const unpack = path.join(env.TMPDIR, 'pip-unpack-x');
fs.mkdirSync(unpack, { recursive: true });
console.log('  Downloading ' + wheel + ' (' + content.length + ' bytes)');
fs.writeFileSync(path.join(unpack, wheel), content.subarray(0, content.length / 2));
const finish = () => {
  fs.mkdirSync(value('--dest'), { recursive: true });
  fs.writeFileSync(path.join(value('--dest'), wheel), content);
};
if (env.FAKE_PIP_HANGS_AT === name) setTimeout(finish, 3600_000);
else setTimeout(finish, Number(env.FAKE_PIP_MS ?? 0));
`;

const FAKE_NPM = `#!/usr/bin/env node
const fs = require('node:fs'), path = require('node:path');
const args = process.argv.slice(2), home = process.env.FAKE_HOME;
fs.appendFileSync(path.join(home, 'npm.log'), args.join(' ') + '\\n');
if (process.env.FAKE_NPM_FAILS) { console.error(process.env.FAKE_NPM_FAILS); process.exit(1); }
const to = args[args.indexOf('--pack-destination') + 1];
fs.copyFileSync(path.join(home, 'package.tgz'), path.join(to, 'tensorflow-tfjs-node-gpu-4.22.0.tgz'));
`;

const WHEEL = `Wheel-Version: 1.0
Generator: test
Root-Is-Purelib: false
Tag: py3-none-any
`;

const REQUIREMENTS = `Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-nccl-cu12<3.0,>=2.27.7; extra == "and-cuda"
Requires-Dist: nvidia-cuda-nvcc-cu12 (==12.5.82) ; extra == 'and-cuda'
Requires-Dist: tensorrt==8.6.1; extra == "and-cuda"
Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; (sys_platform != "win32") and extra == "gcs-filesystem"
`;

/** The parts of TensorFlow's wheel that matter, and one that does not. */
export const TENSORFLOW_FILES: Readonly<Record<string, string>> = {
  'tensorflow/libtensorflow_cc.so.2': 'no library',
  'tensorflow/libtensorflow_framework.so.2': 'no library either',
  'tensorflow/include/tensorflow/c/c_api.h': '#include "tensorflow/c/tf_status.h"\n#include <stddef.h>\n',
  'tensorflow/include/tensorflow/c/tf_status.h':
    '#pragma once\n \t# \tinclude \t <tsl/status.h>\n#include "near.h"\n',
  'tensorflow/include/tensorflow/c/near.h': '// #include "tensorflow/core/graph.h"\n',
  'tensorflow/include/tsl/status.h': '#pragma once\n',
  'tensorflow/include/tensorflow/core/graph.h': '#error of the C++ API\n',
  'tensorflow/python/__init__.py': '',
};

/** A wheel as pip fetches it. `record` changes what RECORD says of a file. */
export function makeWheel(
  distribution: string,
  files: Readonly<Record<string, string>>,
  { record = {}, executable = [] }: { record?: Record<string, string>; executable?: readonly string[] } = {},
): Buffer {
  const info = `${distribution}.dist-info`;
  const [name, version] = distribution.split('-');
  const metadata = `Metadata-Version: 2.1\nName: ${name.replaceAll('_', '-')}\nVersion: ${version}\n`;
  const all = {
    ...files,
    [`${info}/METADATA`]: name.startsWith('tensorflow') ? metadata + REQUIREMENTS : metadata,
    [`${info}/WHEEL`]: WHEEL,
  };
  const lines = Object.entries(all).map(([name, content]) => {
    const sha256 = createHash('sha256').update(content).digest('base64url');
    return record[name] ?? `${name},sha256=${sha256},${Buffer.byteLength(content)}`;
  });
  const entries = Object.entries(all).map(([name, content]) => ({
    name,
    content,
    mode: executable.includes(name) ? 0o100755 : 0o100644,
  }));
  return makeZip([
    ...entries,
    { name: `${info}/RECORD`, content: `${lines.join('\n')}\n${info}/RECORD,,\n` },
  ]);
}

/** A machine with a pip, an npm and an index of tiny wheels, in a folder of its own. */
export class FakeMachine {
  readonly home = mkdtempSync(join(tmpdir(), 'involve-engine-'));
  readonly engines = join(this.home, 'cache/engines');
  readonly nodeKernels: NodeKernelsPackage;
  env: NodeJS.ProcessEnv;

  constructor() {
    this.script('bin/python3', FAKE_PYTHON);
    this.script('bin/npm', FAKE_NPM);
    this.addWheel('tensorflow_cpu-2.21.0', TENSORFLOW_FILES);
    this.addWheel('tensorflow-2.21.0', TENSORFLOW_FILES);
    this.addWheel('nvidia_nccl_cu12-2.27.7', {
      'nvidia/nccl/lib/libnccl.so.2': 'nccl',
      'nvidia/nccl/include/nccl.h': '#pragma once\n',
    });
    this.write(
      'wheels/nvidia_cuda_nvcc_cu12-12.5.82-py3-none-manylinux2014_x86_64.whl',
      makeWheel(
        'nvidia_cuda_nvcc_cu12-12.5.82',
        { 'nvidia/cuda_nvcc/bin/ptxas': 'ptxas', 'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc': 'bc' },
        { executable: ['nvidia/cuda_nvcc/bin/ptxas'] },
      ),
    );
    const tarball = makeTarGz([
      { path: 'package/package.json', content: '{"name":"@tensorflow/tfjs-node-gpu","version":"4.22.0"}' },
      { path: 'package/dist/index.js', content: '' },
      { path: 'package/scripts/install.js', content: 'process.exit(1)' },
      { path: 'package/dist/link.js', type: 'SymbolicLink', linkpath: '/etc/passwd' },
    ]);
    this.write('package.tgz', tarball);
    this.nodeKernels = {
      name: '@tensorflow/tfjs-node-gpu',
      version: '4.22.0',
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    };
    this.env = {
      PATH: `${join(this.home, 'bin')}:${dirname(process.execPath)}`,
      HOME: this.home,
      FAKE_HOME: this.home,
      INVOLVE_CACHE_DIR: join(this.home, 'cache'),
    };
  }

  /** A wheel of the index, named for CPython 3.11 or, NVIDIA's, for any. */
  addWheel(
    distribution: string,
    files: Readonly<Record<string, string>>,
    record?: Record<string, string>,
  ): void {
    const tag = distribution.startsWith('nvidia') ? 'py3-none' : 'cp311-cp311';
    const name = `wheels/${distribution}-${tag}-manylinux_2_17_x86_64.whl`;
    this.write(name, makeWheel(distribution, files, { record }));
  }

  /** Installs; a fake operation runs on a fake library. */
  install(request: Partial<InstallRequest> = {}): Promise<Installed> {
    const { instead, env, ...others } = request;
    return installTensorflow({
      flavour: 'cpu',
      env: { ...this.env, ...env },
      ...others,
      instead: {
        machine: { platform: 'linux', arch: 'x64', glibc: '2.36' },
        nodeKernels: this.nodeKernels,
        freeBytes: () => 1e12,
        verify: ({ version }) =>
          Promise.resolve({ version, device: 'CPU', gpuMemoryBytes: null, noGpu: null }),
        build: () => Promise.resolve({ path: null, note: 'custom operations are not built: no compiler' }),
        ...instead,
      },
    });
  }

  /** The requirements that pip was asked for, with the Python. */
  asked(): string[] {
    const log = join(this.home, 'pip.log');
    return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  }

  /** What an installer left behind besides its downloads: a lock, an installation, half of one. */
  left(): string[] {
    return existsSync(this.engines) ? readdirSync(this.engines).filter((name) => name !== '.downloads') : [];
  }

  script(name: string, text: string): void {
    this.write(name, text);
    chmodSync(join(this.home, name), 0o755);
  }

  /** Takes a file away and gives its content. */
  take(name: string): Buffer {
    const path = join(this.home, name);
    const content = readFileSync(path);
    rmSync(path);
    return content;
  }

  write(name: string, content: string | Uint8Array): void {
    const path = join(this.home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** The error that this work ends with, which must be one for people. */
export async function failure(work: Promise<unknown>): Promise<InvolveError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvolveError);
  return error as InvolveError;
}
