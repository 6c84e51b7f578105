import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockOwner } from './lock.js';
import { createRun, openRunForReading, resumeRun, type Run } from './run-folder.js';
import type { EnvironmentRecord } from './record/environment.js';
import { epochOf, summaryOf } from './record/testing.js';
import type { EpochMetrics } from './record/metrics-csv.js';
import type { TensorFile } from './safetensors.js';

let folder: string;
let dir: string;
const open: Run[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'involve-runs-'));
  dir = join(folder, 'exp3', 'seed-0');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((run) => run.close()));
  await rm(folder, { recursive: true });
});

const config = 'name: exp3\n';
async function create(more: { reuseUnstarted?: boolean } = {}): Promise<Run> {
  const run = await createRun({ dir, config, environment: { engine: { name: 'wasm' } }, ...more });
  open.push(run);
  return run;
}
async function resume(environment?: EnvironmentRecord): Promise<Run> {
  const run = await resumeRun({ dir, environment });
  open.push(run);
  return run;
}

const checkpoint = (step: number): TensorFile => ({
  tensors: new Map([['w', { dtype: 'F32', shape: [2], data: Float32Array.of(step, 1) }]]),
  metadata: { step: String(step) },
});
const row = (epoch: number): EpochMetrics => ({
  epoch,
  step: epoch * 10,
  learning_rate: 0.001,
  train_loss: 1,
  train_top1: 0.5,
  val_loss: 1,
  val_top1: 0.5,
  val_top5: 1,
  images_per_second: 100,
  data_ms: 1,
  step_ms: 2,
  epoch_seconds: 3,
  peak_memory_mb: 4,
});

describe('createRun', () => {
  it('makes a folder that a reader understands', async () => {
    const run = await create();
    run.event('start', { engine: 'wasm' });
    await run.appendMetrics(row(1));
    await run.saveCheckpoint('last', checkpoint(10));
    await run.writeSummary(summaryOf({ final: epochOf(1, { valLoss: NaN }) }));
    await run.close();

    expect((await readdir(dir)).sort()).toEqual([
      'checkpoints',
      'config.yaml',
      'environment.json',
      'events.jsonl',
      'metrics.csv',
      'summary.json',
    ]);
    const record = await openRunForReading(dir);
    expect(record).toMatchObject({
      dir,
      config,
      environment: { engine: { name: 'wasm' } },
      summary: { outcome: 'done', final: { epoch: 1, valLoss: NaN } },
      metrics: [row(1)],
      events: [{ type: 'start', engine: 'wasm' }],
    });
    expect(await record.checkpoint('last')).toEqual(checkpoint(10));
    expect(await record.checkpoint('best')).toBeUndefined();
  });

  it('refuses a folder that exists, and says how to go on in it, if one can', async () => {
    const refused = (what: string, way: string) => ({
      code: 'E_RUN_EXISTS',
      exitCode: 2,
      problems: [{ what, where: dir, try: way }],
    });
    await (await create()).close();
    const run = refused(
      `the run folder ${dir} exists`,
      '--resume goes on with it; another run is --seed N or --out DIR',
    );
    await expect(create()).rejects.toMatchObject(run);
    await expect(create({ reuseUnstarted: true })).rejects.toMatchObject(run);

    await rm(join(dir, 'config.yaml'));
    await writeFile(join(dir, 'metrics.csv'), '');
    const torn = refused(
      `the folder ${dir} holds files of a run, but not its config.yaml`,
      'put config.yaml back from a copy, or choose another folder by --out',
    );
    await expect(create()).rejects.toMatchObject(torn);
    await expect(create({ reuseUnstarted: true })).rejects.toMatchObject(torn);

    await rm(dir, { recursive: true });
    await mkdir(dir);
    const empty = refused(
      `the folder ${dir} exists, though no run was started in it`,
      '--resume starts the run in it; another run is --seed N or --out DIR',
    );
    await expect(create()).rejects.toMatchObject(empty);

    await rm(dir, { recursive: true });
    await writeFile(dir, '');
    const file = refused(`${dir} is a file, no folder`, 'choose another folder by --out');
    await expect(create()).rejects.toMatchObject(file);
    await expect(create({ reuseUnstarted: true })).rejects.toMatchObject(file);
  });

  it('takes a folder that no run was started in, if asked to; what else is in it stays', async () => {
    await mkdir(join(dir, 'checkpoints'), { recursive: true });
    await writeFile(join(dir, '.config.yaml.123-0.tmp'), 'na');
    await writeFile(join(dir, 'environment.json'), '{}');
    const run = await create({ reuseUnstarted: true });
    expect((await openRunForReading(run.dir)).config).toBe(config);
    await run.close();

    await rm(dir, { recursive: true });
    await mkdir(dir);
    await writeFile(join(dir, 'log.txt'), 'the output of the queue');
    await (await create({ reuseUnstarted: true })).close();
    expect(await readFile(join(dir, 'log.txt'), 'utf8')).toBe('the output of the queue');
  });

  it('says when the folder cannot be made', async () => {
    await writeFile(join(folder, 'exp3'), 'a file in the way');
    await expect(create()).rejects.toMatchObject({
      code: 'E_NOT_WRITABLE',
      exitCode: 2,
      message: `cannot create ${dir}: a file is in the way`,
    });
  });

  it('gives the lock back when it fails', async () => {
    const bad = {
      dir,
      config,
      environment: {
        get date(): string {
          throw new Error('no');
        },
      },
    };
    await expect(createRun(bad)).rejects.toThrow('no');
    await (await create({ reuseUnstarted: true })).close();
  });
});

describe('Run', () => {
  it('keeps a second writer out until it is closed', async () => {
    const run = await create();
    await expect(resume()).rejects.toMatchObject({
      code: 'E_RUN_LOCKED',
      exitCode: 2,
      message: expect.stringContaining(`${dir} is in use by process ${process.pid} (since `),
    });
    await run.close();
    await run.close();
    await (await resume()).close();
  });

  it('writes one event a line, numbers that JSON lacks as words', async () => {
    const run = await create();
    const fields = { loss: NaN, layer: 'stem\n', type: 'not this', worst: -Infinity };
    run.event('divergence', fields as never);
    const [line, rest] = (await readFile(join(dir, 'events.jsonl'), 'utf8')).split('\n');
    expect(rest).toBe('');
    expect(line).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","type":"divergence","loss":"NaN","layer":"stem\\n","worst":"-Infinity"\}$/,
    );
  });

  it('saves in the order asked for', async () => {
    const run = await create();
    await Promise.all([1, 2, 3, 4, 5].map((step) => run.saveCheckpoint('last', checkpoint(step))));
    expect((await run.loadCheckpoint('last'))?.metadata.step).toBe('5');
    void run.saveCheckpoint('last', checkpoint(6));
    await run.close();
    expect((await (await openRunForReading(dir)).checkpoint('last'))?.metadata.step).toBe('6');
  });

  it('writes nothing once it is closed', async () => {
    const run = await create();
    await run.close();
    await expect(run.appendMetrics(row(1))).rejects.toThrow(`Expected an open run but ${dir} is closed`);
    expect(() => run.event('end', { outcome: 'done', step: 1 })).toThrow(
      `Expected an open run but ${dir} is closed`,
    );
  });

  it('refuses a damaged checkpoint, and one that it did not write', async () => {
    const run = await create();
    await run.saveCheckpoint('last', checkpoint(1));
    const path = join(dir, 'checkpoints', 'last.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 4;
    await writeFile(path, bytes);
    await expect(run.loadCheckpoint('last')).rejects.toMatchObject({
      code: 'E_CHECKPOINT_DAMAGED',
      exitCode: 2,
      message: 'the checkpoint is damaged: its checksum does not match its content',
    });
    await writeFile(path, Buffer.from('02000000000000007b7d', 'hex'));
    await expect(run.loadCheckpoint('last')).rejects.toThrow('the checkpoint is damaged: it has no checksum');
  });
});

describe('resumeRun', () => {
  it('removes what a killed process left half done', async () => {
    const first = await create();
    await first.appendMetrics(row(1));
    first.event('epoch', epochOf(1));
    await first.close();
    await appendFile(join(dir, 'metrics.csv'), '2,20,0.00');
    await appendFile(join(dir, 'events.jsonl'), '{"time":"20');
    await writeFile(join(dir, 'checkpoints', '.last.safetensors.99-0.tmp'), 'half');
    expect((await openRunForReading(dir)).events.length).toBe(1);

    const run = await resume();
    expect(await readdir(join(dir, 'checkpoints'))).toEqual([]);
    await run.appendMetrics(row(2));
    run.event('resume', { step: 10, engine: 'wasm', exact: true });
    const record = await openRunForReading(dir);
    expect(record.metrics).toEqual([row(1), row(2)]);
    expect(record.events.map(({ type }) => type)).toEqual(['epoch', 'resume']);
  });

  it('cuts the metrics back to the epochs of the checkpoint', async () => {
    const run = await create();
    for (const epoch of [1, 2, 3]) await run.appendMetrics(row(epoch));
    await run.restoreMetrics(2);
    await run.appendMetrics(row(3));
    expect((await openRunForReading(dir)).metrics.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  });

  it('records where the run went on', async () => {
    await (await create()).close();
    await (await resume({ engine: { name: 'tensorflow' } })).close();
    await (await resume()).close();
    await (await resume({ engine: { name: 'reference' } })).close();
    expect((await openRunForReading(dir)).environment).toEqual({
      version: 1,
      engine: { name: 'wasm' },
      resumed: [{ engine: { name: 'tensorflow' } }, { engine: { name: 'reference' } }],
    });
  });

  it('changes nothing where the check refuses', async () => {
    const first = await create();
    await first.appendMetrics(row(1));
    await first.close();
    await appendFile(join(dir, 'metrics.csv'), '2,20,0.00');
    await writeFile(join(dir, 'checkpoints', '.last.safetensors.99-0.tmp'), 'half');
    const look = async () => [
      await readFile(join(dir, 'metrics.csv'), 'utf8'),
      await readFile(join(dir, 'environment.json'), 'utf8'),
      await readdir(dir, { recursive: true }),
    ];
    const before = await look();
    let owner;
    const environment = { engine: { name: 'reference' } };
    const refused = resumeRun({
      dir,
      environment,
      async check() {
        owner = (await lockOwner(dir))?.pid;
        throw new Error('not this one');
      },
    });
    await expect(refused).rejects.toThrow('not this one');
    expect(owner).toBe(process.pid);
    expect(await look()).toEqual(before);
    await (await resume()).close();
  });

  it('says when there is no run', async () => {
    await expect(resume()).rejects.toMatchObject({
      code: 'E_NOT_A_RUN',
      exitCode: 2,
      problems: [
        { what: `there is no run folder ${dir}`, where: dir, try: 'start one: involve train CONFIG' },
      ],
    });
  });
});

describe('openRunForReading', () => {
  it('names the runs inside a folder above them', async () => {
    await (await create()).close();
    await expect(openRunForReading(join(dir, '..'))).rejects.toMatchObject({
      code: 'E_NOT_A_RUN',
      problems: [
        {
          what: `${join(dir, '..')} is not a run folder: it has no config.yaml`,
          try: `name a run inside: ${dir}`,
        },
      ],
    });
    await expect(openRunForReading(folder)).rejects.toMatchObject({
      problems: [{ try: 'name a folder that involve train has made, such as runs/exp3/seed-0' }],
    });
  });

  it('says which record is damaged', async () => {
    await (await create()).close();
    await writeFile(join(dir, 'summary.json'), '{"outcome":');
    await expect(openRunForReading(dir)).rejects.toMatchObject({
      code: 'E_RUN_DAMAGED',
      exitCode: 2,
      problems: [
        { what: 'the record of the run is damaged: not a JSON object', where: join(dir, 'summary.json') },
      ],
    });
    await rm(join(dir, 'summary.json'));
    await writeFile(join(dir, 'events.jsonl'), '{"time":"","type":"a later one"}\n7\n');
    await expect(openRunForReading(dir)).rejects.toMatchObject({
      problems: [{ where: `${join(dir, 'events.jsonl')}:2` }],
    });
  });
});
