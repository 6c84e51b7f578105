import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { InstallRequest, Installed } from '../../engine/tensorflow/install/install.js';
import type { InvolveError } from '../../util/errors.js';
import type { engineInstall } from './engine-install.js';
import { engineInstallBy } from './engine-install.js';
import { engineRemoveBy } from './engine-remove.js';

const dir = '/cache/engines/tensorflow-cuda-2.21.0';
const installed: Installed = {
  installation: {
    ...{ dir, flavour: 'cuda', version: '2.21.0', library: '', framework: '' },
    ...{ nodeKernels: '', includes: null, customOps: null },
  },
  present: false,
  verified: { version: '2.21.0', device: 'GPU', gpuMemoryBytes: 7.5e9, noGpu: null },
  downloadedBytes: 3.38e9,
  bytes: 5.5962e9,
  customOps: 'custom operations built in 4.0 s by c++ 12',
};

interface Result {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
  readonly request: InstallRequest;
}

async function install(
  flags: Parameters<typeof engineInstall.run>[1],
  result: Installed | ((request: InstallRequest) => Promise<Installed>) = installed,
  name = 'cuda',
): Promise<Result> {
  const out: string[] = [];
  const err: string[] = [];
  let request: InstallRequest | undefined;
  const command = engineInstallBy((given) => {
    request = given;
    return typeof result === 'function' ? result(given) : Promise.resolve(result);
  });
  const code = await command.run({ flavour: name }, flags, {
    print: (line) => void out.push(line),
    note: (line) => void err.push(line),
    interactive: false,
    cwd: '/data',
  });
  return { code, out, err, request: request! };
}

describe('engine install', () => {
  it('ends with what it took, what is there, and what to type next', async () => {
    const { code, out } = await install({});
    expect(code).toBe(0);
    expect(out).toEqual([
      `TensorFlow 2.21.0 (cuda) is installed: ${dir}`,
      'an operation ran on GPU (7.5 GB of memory for it)',
      'custom operations built in 4.0 s by c++ 12',
      expect.stringMatching(/^\d+ s, 3380\.0 MB downloaded, 5596\.2 MB on disk$/),
      'next: involve train configs/exp3.json --engine tensorflow',
    ]);
  });

  it('says that it was there, and why there is no GPU', async () => {
    const verified = { version: '2.21.0', device: 'CPU', gpuMemoryBytes: null, noGpu: 'no driver' } as const;
    const { out } = await install({}, { ...installed, present: true, verified });
    expect(out.slice(0, 3)).toEqual([
      `TensorFlow 2.21.0 (cuda) was installed already: ${dir}`,
      'an operation ran on CPU',
      'no GPU here: no driver',
    ]);
  });

  it('shows progress, but not with --quiet or --json', async () => {
    const fetches = (request: InstallRequest): Promise<Installed> => {
      for (const done of [0, 50, 100]) request.events?.onDownload?.('tensorflow', done * 1e6, 100e6);
      request.events?.onUnpack?.(1e6, 1e6);
      request.events?.onVerify?.();
      return Promise.resolve(installed);
    };
    expect((await install({}, fetches)).err).toEqual([
      'downloading tensorflow: 0.0 MB of 100.0 MB',
      'downloading tensorflow: 50.0 MB of 100.0 MB',
      'downloading tensorflow: 100.0 MB of 100.0 MB',
      'unpacking: 1.0 MB of 1.0 MB',
      'running an operation',
    ]);
    expect((await install({ quiet: true }, fetches)).err).toEqual([]);
    const { out, err } = await install({ json: true }, fetches);
    expect(err).toEqual([]);
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      ...{ flavour: 'cuda', version: '2.21.0', dir, present: false, device: 'GPU' },
      ...{
        downloadedBytes: 3.38e9,
        bytes: 5.5962e9,
        customOps: 'custom operations built in 4.0 s by c++ 12',
      },
    });
  });

  it('hands on --version and --dir', async () => {
    const { request } = await install({ version: '2.20.0', dir: 'here' });
    expect(request).toMatchObject({ flavour: 'cuda', version: '2.20.0', dir: '/data/here' });
  });

  it('refuses other words (exit 2)', async () => {
    await expect(install({}, installed, 'cdua')).rejects.toMatchObject({
      exitCode: 2,
      problems: [{ what: 'expected cpu or cuda, received "cdua"', try: 'did you mean "cuda"?' }],
    });
    await expect(install({}, installed, 'torch')).rejects.toMatchObject({
      problems: [{ try: 'involve engine install cpu' }],
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops on %s with exit code %d', async (signal, exitCode) => {
    const { code, err } = await install({}, (request) => {
      process.emit(signal, signal);
      return Promise.reject(request.signal!.reason as Error);
    });
    expect([code, err.at(-1)]).toEqual([
      exitCode,
      'interrupted: nothing is installed; what was fetched whole is kept, the same command goes on',
    ]);
  });
});

describe('engine remove', () => {
  it('says what is gone', async () => {
    const out: string[] = [];
    const command = engineRemoveBy((flavour, place) => {
      expect([flavour, place]).toEqual(['cpu', '/data/here']);
      return Promise.resolve([{ dir: '/data/here/tensorflow-cpu-2.21.0', bytes: 854.5e6 }]);
    });
    const context = {
      print: (line: string) => void out.push(line),
      note: () => undefined,
      interactive: false,
    };
    expect(await command.run({ flavour: 'cpu' }, { dir: 'here' }, { ...context, cwd: '/data' })).toBe(0);
    expect(out).toEqual(['removed here/tensorflow-cpu-2.21.0 (854.5 MB)']);
  });

  it('refuses other words, and advises no installation (exit 2)', async () => {
    const command = engineRemoveBy(() => Promise.reject(new Error('removed all the same')));
    const context = { print: () => undefined, note: () => undefined, interactive: false, cwd: '/data' };
    const hintFor = async (flavour: string): Promise<unknown> =>
      command.run({ flavour }, {}, context).catch((error: InvolveError) => error.problems[0].try);
    expect(await hintFor('torch')).toBe('involve engine list --verbose shows what is where');
    expect(await hintFor('cdua')).toBe('did you mean "cuda"?');
  });
});

const bin = join(import.meta.dirname, '../../../bin/involve.js');
const isBuilt = existsSync(join(import.meta.dirname, '../../../dist/cli/commands/engine-install.js'));

// `npm test` builds first; without a build there is nothing to start.
describe.skipIf(!isBuilt || process.platform !== 'linux')('node bin/involve.js engine …', () => {
  const home = mkdtempSync(join(tmpdir(), 'involve-engine-cli-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const involve = (...args: string[]): [number | null, string, string] => {
    mkdirSync(join(home, 'empty'), { recursive: true });
    const env = { PATH: join(home, 'empty'), INVOLVE_CACHE_DIR: join(home, 'cache'), HOME: home };
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { env, encoding: 'utf8' });
    return [status, stdout, stderr];
  };

  it('install without python3: exit 3 and the command that mends it', () => {
    const [status, stdout, stderr] = involve('engine', 'install', 'cpu');
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /^error: pip fetches TensorFlow, and there is no python3 on PATH\n {2}try: .*pip.*\n$/,
    );
  });

  it('install --version takes a value, and does not print our own version', () => {
    expect(involve('engine', 'install', 'cpu', '--version', 'new')).toEqual([
      2,
      '',
      'error: --version expects a version of TensorFlow such as 2.21.0, received "new"\n',
    ]);
  });

  it('remove of what is not there: exit 2', () => {
    expect(involve('engine', 'remove', 'cpu')).toEqual([
      2,
      '',
      `error: there is no TensorFlow (cpu) to remove\n  at ${join(home, 'cache/engines')}\n  try: involve engine list --verbose shows what is where\n`,
    ]);
  });
});
