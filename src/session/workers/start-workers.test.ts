import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { SHIPPED_ROOT } from '../../config/testing.js';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import { describeEnvironment } from '../../runs/environment.js';
import { InvolveError } from '../../util/errors.js';
import { stateOf, processOf } from '../../util/process-identity.js';
import { loadConfig } from '../load-config.js';
import { startWorkers, type WorkersRequest } from './start-workers.js';
import type { Ground } from './worker-message.js';
import type { Workers } from './workers.js';

const dir = mkdtempSync(join(tmpdir(), 'involve-workers-'));
let workers: Workers | undefined;
afterEach(() => {
  workers?.close();
  workers = undefined;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const experiment = loadConfig('quickstart.json', {}, SHIPPED_ROOT);
const ground: Ground = {
  config: 'name: a',
  environment: describeEnvironment({
    ...{ device: 'cpu', threads: 1, seed: 0, metrics: classificationMetrics, classes: ['a', 'b'] },
    engine: { name: 'wasm', description: 'wasm (SIMD, 1 thread)' },
    data: { name: 'scenes', fingerprint: 'f00d', counts: { train: 3, validation: 1 } },
  }),
};

let programs = 0;
/** Others that do this when they are asked something; `ground` is what they were given. */
function start(answer: string, more: Partial<WorkersRequest> = {}): Promise<Workers> {
  const file = join(dir, `${programs++}.mjs`);
  const head = `import { Socket } from 'node:net';
    const ground = ${JSON.stringify(ground)};
    const line = new Socket({ fd: 4 });
    line.resume();
    process.on('disconnect', () => process.exit(1));
    const ready = (changed = ground) => process.send({ type: 'ready', ground: changed });`;
  writeFileSync(file, `${head}\nprocess.on('message', (request) => { ${answer} });`);
  return startWorkers({
    ...{ task: { experiment, cwd: dir, engine: {} }, ground, of: 3, openSeconds: 0.1 },
    ...{ signal: new AbortController().signal, program: pathToFileURL(file), ...more },
  });
}

async function problemsOf(work: Promise<unknown>): Promise<InvolveError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvolveError);
  return error as InvolveError;
}

const isGone = (pid: number): boolean => stateOf(processOf(pid)) === 'gone';
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the workers of a job', () => {
  it('are on record, and end with it, also those that were stopped', async () => {
    workers = await start(`ready(); if (request.type === 'train') process.kill(process.pid, 'SIGSTOP');`);
    expect(workers.record).toMatchObject([{ rank: 0, pid: process.pid }, { rank: 1 }, { rank: 2 }]);
    await workers.begin(undefined);
    workers.close();
    for (const { pid } of workers.record.slice(1)) await until(() => isGone(pid));
  });

  it('that work on something else are refused, with all that differs', async () => {
    const error = await problemsOf(
      start(
        `const { environment } = ground;
        ready({ config: 'name: b', environment: { ...environment, involve: '0.0.9', git: null,
          engine: { name: 'tensorflow' }, data: { ...environment.data, fingerprint: 'beef' } } });`,
        { of: 2 },
      ),
    );
    expect(error.exitCode).toBe(2);
    expect(error.problems.map(({ what }) => what)).toEqual([
      `worker 1 has another version of involve than worker 0: 0.0.9, not ${ground.environment.involve}`,
      'worker 1 has another config than worker 0',
      'worker 1 has another engine than worker 0: {"name":"tensorflow"}, not {"name":"wasm","description":"wasm (SIMD, 1 thread)"}',
      expect.stringMatching(/^worker 1 has another data than worker 0: .+beef.+, not .+f00d/),
    ]);
  });

  it('that cannot open what they are to say why', async () => {
    const error = await problemsOf(
      start(`process.send({ type: 'failed', error: { code: 'E_X', exitCode: 3, problems: [{ what: 'no engine', try: 'a' }] } },
        () => process.exit(1));`),
    );
    expect([error.code, error.exitCode, error.message]).toEqual([
      'E_X',
      3,
      expect.stringMatching(/^worker [12]: no engine$/),
    ]);
  });

  it('that end by themselves are named, with what they said last', async () => {
    const error = await problemsOf(start(`console.error('FATAL ERROR: out of memory'); process.exit(134);`));
    expect(error.message).toMatch(
      /^worker [12] \(process \d+\) has ended \(exit code 134\): FATAL ERROR: out of memory$/,
    );
    expect(error.exitCode).toBe(1);
  });

  it('of which one is killed while they train end what is waited for', async () => {
    workers = await start('ready()');
    await workers.begin(undefined);
    const waiting = problemsOf(workers.exchange.gather(1));
    process.kill(workers.record[2]!.pid, 'SIGKILL');
    expect((await waiting).message).toBe(`worker 2 (process ${workers.record[2]!.pid}) has ended (SIGKILL)`);
  });

  it('that hang are named after a while, at the start and later', async () => {
    const hanging = await problemsOf(start('', { patienceSeconds: 0.5, of: 2 }));
    expect(hanging.message).toMatch(/^worker 1 \(process \d+\) has not answered for 4 seconds/);
    expect(hanging.problems[0]!.try).not.toContain('--resume');
    workers = await start('ready()', { patienceSeconds: 0.5 });
    await workers.begin(undefined);
    const silent = await problemsOf(workers.exchange.gather(1));
    expect([silent.code, silent.exitCode, silent.problems.length]).toEqual(['E_WORKER_SILENT', 1, 2]);
  });

  it('are not waited for when the first one is told to stop', async () => {
    const stop = new AbortController();
    const starting = start('', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
  });

  it('are told to stop', async () => {
    const stop = new AbortController();
    workers = await start(`if (request.type === 'stop') process.exit(7); else ready();`, {
      signal: stop.signal,
      of: 2,
    });
    const waiting = problemsOf(workers.exchange.gather(1));
    stop.abort();
    expect((await waiting).message).toMatch(/exit code 7/);
  });
});
