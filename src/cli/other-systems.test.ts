import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyExperiment, Workspace } from './command-line.testing.js';

const PRELOAD = fileURLToPath(new URL('./other-system.testing.mjs', import.meta.url));

/** The way of a newcomer, on a machine that says that it is another one. */
describe.each(['darwin', 'win32'])('on %s', (system) => {
  const space = new Workspace();
  afterAll(() => space.remove());
  const involve = async (...args: readonly string[]) => {
    const env = { NODE_OPTIONS: `--import=${PRELOAD}`, INVOLVE_TEST_SYSTEM: system };
    return space.start(args, undefined, undefined, env);
  };

  it('is believed', async () => {
    const { stdout } = await involve('doctor');
    expect(stdout).toContain(system === 'darwin' ? 'cores, arm64' : 'cores, x64');
    expect(stdout).toContain(system === 'darwin' ? 'involve engine install cpu' : 'on Windows TensorFlow');
  });

  it('trains, is refused a second time, goes on, measures and reports', async () => {
    space.write('tiny.json', tinyExperiment({ train: { epochs: 1 } }));
    const trained = await involve('train', 'tiny.json', '--out', 'run');
    expect(trained.code).toBe(0);
    expect(readFileSync(space.path('run', 'environment.json'), 'utf8')).toContain(
      system === 'darwin' ? '"Darwin 24.1.0 arm64"' : '"Windows_NT 10.0.22631 x64"',
    );
    expect(await involve('train', 'tiny.json', '--out', 'run')).toMatchObject({ code: 2 });
    expect(await involve('train', 'tiny.json', '--out', 'run', '--resume')).toMatchObject({ code: 0 });
    const longer = await involve('train', 'tiny.json', '--out', 'run', '--resume', '--set', 'train.epochs=2');
    expect(longer.code).toBe(2);
    expect(await involve('eval', 'run')).toMatchObject({ code: 0 });
    expect(await involve('report', 'run', '--out', 'report.html')).toMatchObject({ code: 0 });
  });

  it('sweeps', async () => {
    space.write('base.json', tinyExperiment({ train: { epochs: 1 } }));
    space.write('sweep.json', { name: 'two', base: 'base.json', seeds: [0, 1] });
    expect(await involve('sweep', 'sweep.json', '--jobs', '2')).toMatchObject({ code: 0 });
    expect((await involve('sweep', 'sweep.json')).stderr).toContain('2 jobs, 2 done already');
  });

  it('says of TensorFlow what holds there', async () => {
    const listed = await involve('engine', 'list');
    expect(listed).toMatchObject({ code: 0 });
    const installed = await involve('engine', 'install', system === 'darwin' ? 'cuda' : 'cpu');
    expect(installed.code).toBe(3);
    expect(installed.stderr).toContain(system === 'darwin' ? 'CUDA on Linux on x86-64 alone' : 'WSL');
  });
});
