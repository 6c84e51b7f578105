import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRun, openRunForReading, resumeRun } from './run-folder.js';

/** What happens when a process is killed or a disk is full can be seen only from another process. */

const source = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
let program: string;

/** The child: `node child.js MODE DIR`. */
const child = `
import { createRun, resumeRun } from './runs/run-folder.js';
const [mode, dir] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
const sayError = ({ code, exitCode, message }) => say({ code, exitCode, message });
const file = (step, size) => ({
  tensors: new Map([['w', { dtype: 'F32', shape: [size], data: new Float32Array(size).fill(step) }]]),
  metadata: { step: String(step) },
});
const names = ['epoch', 'step', 'learning_rate', 'train_loss', 'train_top1', 'val_loss', 'val_top1', 'val_top5',
  'images_per_second', 'data_ms', 'step_ms', 'epoch_seconds', 'peak_memory_mb'];
const row = (step) => Object.fromEntries(names.map((name) => [name, step]));
const modes = {
  // Goes on from the last checkpoint for ever, as a training does.
  async train() {
    const run = await resumeRun({ dir });
    let step = Number((await run.loadCheckpoint('last'))?.metadata.step ?? 0);
    await run.restoreMetrics(step);
    for (say('ready'); ; ) {
      step++;
      await run.appendMetrics(row(step));
      run.event('checkpoint', { name: 'last', step });
      await run.saveCheckpoint('last', file(step, 60_000));
    }
  },
  async hold() {
    await resumeRun({ dir });
    say('holds');
    setInterval(() => {}, 1000);
  },
  // Saves what fits, then what does not.
  async fill() {
    const run = await createRun({ dir, config: 'name: full\\n', environment: {} });
    await run.saveCheckpoint('last', file(1, 1000));
    await run.saveCheckpoint('last', file(2, 200_000)).catch(sayError);
    try {
      for (;;) run.event('filler', { text: 'x'.repeat(5000) });
    } catch (error) {
      sayError(error);
    }
    await run.close();
  },
  async create() {
    if (process.getuid() === 0) process.setuid(65534);
    await createRun({ dir, config: '', environment: {} });
  },
};
await modes[mode]().catch((error) => {
  sayError(error);
  process.exitCode = error.exitCode;
});
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'involve-crash-'));
  for (const part of ['runs', 'metrics', 'util']) {
    const all = await readdir(join(source, part), { recursive: true });
    const names = all.filter((name) => /(?<!\.test)\.ts$/.test(name));
    for (const name of names) {
      const text = await readFile(join(source, part, name), 'utf8');
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
      });
      const path = join(folder, part, name.replace(/ts$/, 'js'));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, outputText);
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(source, '../node_modules'), join(folder, 'node_modules'));
  program = join(folder, 'child.js');
  await writeFile(program, child);
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

/** A child that says its first word, and what that was. */
async function start(mode: string, dir: string): Promise<{ process: ChildProcess; word: unknown }> {
  const started = spawn(process.execPath, [program, mode, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [data] = (await once(started.stdout, 'data')) as [Buffer];
  return { process: started, word: JSON.parse(data.toString()) };
}

async function kill(killed: ChildProcess): Promise<void> {
  if (killed.exitCode !== null) return;
  const ended = once(killed, 'exit');
  killed.kill('SIGKILL');
  await ended;
}

async function newRun(name: string): Promise<string> {
  const dir = join(folder, name);
  await (await createRun({ dir, config: 'name: a\n', environment: {} })).close();
  return dir;
}

/** The lines that a child printed, started by a command of the shell with $NODE and $PROGRAM. */
function lines(command: string, dir: string): unknown[] {
  const env = { ...process.env, NODE: process.execPath, PROGRAM: program, DIR: dir };
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** After a disk was full: what was saved before is whole, and nothing half is left. */
async function expectIntact(dir: string): Promise<void> {
  const record = await openRunForReading(dir);
  expect((await record.checkpoint('last'))?.metadata.step).toBe('1');
  expect(await readdir(join(dir, 'checkpoints'))).toEqual(['last.safetensors']);
  expect(record.events.length).toBeGreaterThan(3);
  expect((await readFile(join(dir, 'events.jsonl'), 'utf8')).endsWith('\n')).toBe(true);
}

describe('kill -9', () => {
  it('at any moment leaves a run that can be read and goes on without a gap', async () => {
    const dir = await newRun('killed');
    let before = 0;
    for (const delay of [0, 3, 8, 15, 27, 40, 66]) {
      const { process: training, word } = await start('train', dir);
      expect(word).toBe('ready');
      await sleep(delay);
      await kill(training);

      const record = await openRunForReading(dir);
      const checkpoint = await record.checkpoint('last');
      const step = Number(checkpoint?.metadata.step ?? 0);
      expect(step).toBeGreaterThanOrEqual(before);
      const weights: Iterable<unknown> = checkpoint?.tensors.get('w')?.data ?? [0];
      expect(new Set(weights)).toEqual(new Set([step]));
      // A row may be ahead of its checkpoint, which a resume cuts off; never behind it.
      const steps = record.metrics.map((row) => row.step);
      expect(steps).toEqual(steps.map((_, index) => index + 1));
      expect([step, step + 1]).toContain(steps.length);
      before = step;
    }
    expect(before).toBeGreaterThan(0);

    const run = await resumeRun({ dir });
    await run.close();
    expect((await readdir(dir)).sort()).toEqual([
      'checkpoints',
      'config.yaml',
      'environment.json',
      'events.jsonl',
      'metrics.csv',
    ]);
    expect((await readdir(join(dir, 'checkpoints'))).sort()).toEqual(['last.safetensors']);
  });

  it('leaves a lock that one of several processes takes over', async () => {
    const dir = await newRun('raced');
    await kill((await start('hold', dir)).process);
    expect(await readdir(dir)).toContain('run.lock');

    const racers = await Promise.all(Array.from({ length: 5 }, () => start('hold', dir)));
    const winners = racers.filter(({ word }) => word === 'holds');
    expect(winners.length).toBe(1);
    const { pid } = winners[0].process;
    for (const { word } of racers.filter((racer) => !winners.includes(racer))) {
      expect(word).toMatchObject({ code: 'E_RUN_LOCKED', exitCode: 2 });
      expect((word as Error).message).toContain(`${dir} is in use by process ${pid} (since `);
    }
    await Promise.all(racers.map((racer) => kill(racer.process)));
  });
});

const onPosix = it.skipIf(process.platform === 'win32');
const run = '"$NODE" "$PROGRAM" fill "$DIR"';

describe('a full disk', () => {
  onPosix('as a limit on the size of files keeps what was saved before', async () => {
    const dir = join(folder, 'limited');
    const [checkpoint, event] = lines(`ulimit -f 200 && ${run}`, dir);
    const what = 'the file size limit does not allow to write';
    expect(checkpoint).toEqual({ code: 'E_DISK_FULL', exitCode: 1, message: `${what} last.safetensors` });
    expect(event).toEqual({ code: 'E_DISK_FULL', exitCode: 1, message: `${what} events.jsonl` });
    await expectIntact(dir);
  });

  // A file system of its own, in a namespace of its own, so that it is gone with the process.
  const unshare = ['unshare -m', 'unshare -rm'].find(
    (command) => spawnSync('sh', ['-c', `${command} mount -t tmpfs tmpfs /mnt`]).status === 0,
  );
  it.skipIf(unshare === undefined)('of 200 kB keeps what was saved before', async () => {
    const disk = join(folder, 'disk');
    const kept = join(folder, 'kept');
    await mkdir(disk);
    const mount = `mount -t tmpfs -o size=200k tmpfs ${disk}`;
    const said = lines(`${unshare} sh -c '${mount} && ${run} && cp -r "$DIR" ${kept}'`, join(disk, 'full'));
    const what = 'the disk is full: cannot write';
    expect(said).toEqual([
      { code: 'E_DISK_FULL', exitCode: 1, message: `${what} last.safetensors` },
      { code: 'E_DISK_FULL', exitCode: 1, message: `${what} events.jsonl` },
    ]);
    await expectIntact(kept);
  });
});

describe('a folder of somebody else', () => {
  onPosix('is refused with a clear error', async () => {
    const parent = join(folder, 'closed');
    await mkdir(parent, { mode: 0o555 });
    const dir = join(parent, 'seed-0');
    expect(lines('"$NODE" "$PROGRAM" create "$DIR"', dir)).toEqual([
      { code: 'E_NOT_WRITABLE', exitCode: 2, message: 'no permission to write seed-0' },
    ]);
  });
});
