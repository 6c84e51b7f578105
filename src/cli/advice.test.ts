import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badAdvice } from './advice.testing.js';
import { tinyExperiment, Workspace, type Finished } from './command-line.testing.js';

describe('advice', () => {
  it('names commands and flags that are there', () => {
    const said = (text: string) => `error: no\n  try: ${text}\n`;
    for (const sound of [
      '--resume goes on with it; another run is --seed N or --out DIR',
      'involve engine install cpu (or cuda; --engine wasm needs nothing)',
      'python3 -m pip install --user --upgrade pip',
      "rm 'my runs/run.lock'",
    ])
      expect(badAdvice(['train', 'a.json'], said(sound)), sound).toEqual([]);
    expect(badAdvice(['eval', 'runs/a'], said('--set data.dir=DIR'))).toEqual([
      '  try: --set data.dir=DIR: eval has no --set',
    ]);
    expect(badAdvice(['train', 'a'], said('involve data fetch intel'))).toHaveLength(1);
    expect(badAdvice(['train', 'a'], said('involve data get intel --force'))).toEqual([
      '  try: involve data get intel --force: data get has no --force',
    ]);
    expect(badAdvice(['eval', 'a'], said('involve train a.json --out b, or --data c'))).toEqual([]);
  });
});

const isBuilt = existsSync(fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)));

/** Each problem is brought about, and what its `try:` line says is done. */
describe.skipIf(!isBuilt)('doing what the advice says', () => {
  const work = new Workspace();
  const train = (out: string, ...more: string[]): Promise<Finished> =>
    work.start(['train', 'tiny.json', '--out', out, '--quiet', ...more]);
  const adviceOf = ({ stderr }: Finished): string => /^ {2}try: (.*)$/m.exec(stderr)![1];
  const shell = (command: string): string =>
    execFileSync('sh', ['-c', command], { cwd: work.dir, encoding: 'utf8' });
  /** Stopped at the third step, with a checkpoint of the second. */
  const stopped = async (out: string): Promise<void> => {
    const killed = await work.start(['train', 'tiny.json', '--out', out, '--json'], (text, child) => {
      if (text.includes('"step":11,')) child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
  };

  beforeAll(async () => {
    work.write('tiny.json', tinyExperiment({ train: { epochs: 2 } }));
    expect((await train('done')).code).toBe(0);
    await stopped('stopped');
  });
  afterAll(() => work.remove());

  it('goes on with a run that exists', async () => {
    const refused = await train('stopped');
    expect([refused.code, adviceOf(refused)]).toEqual([
      2,
      '--resume goes on with it; another run is --seed N or --out DIR',
    ]);
    cpSync(work.path('stopped'), work.path('gone-on'), { recursive: true });
    expect((await train('gone-on', '--resume')).code).toBe(0);
  });

  it('starts in a folder that holds something else', async () => {
    work.write('queue/log.txt', 'the output of the queue');
    const refused = await train('queue');
    expect([refused.code, adviceOf(refused)]).toEqual([
      2,
      '--resume starts the run in it; another run is --seed N or --out DIR',
    ]);
    expect((await train('queue', '--resume')).code).toBe(0);
    expect(readFileSync(work.path('queue/log.txt'), 'utf8')).toBe('the output of the queue');
  });

  it('goes on from the best epoch where the last checkpoint is gone, also in a folder with a space in its name', async () => {
    cpSync(work.path('stopped'), work.path('my runs/a'), { recursive: true });
    rmSync(work.path('my runs/a/checkpoints/last.safetensors'));
    const before = readFileSync(work.path('my runs/a/metrics.csv'), 'utf8');
    const refused = await train('my runs/a', '--resume');
    expect(refused.code).toBe(2);
    expect(readFileSync(work.path('my runs/a/metrics.csv'), 'utf8')).toBe(before);
    shell(/cp .*$/.exec(adviceOf(refused))![0]);
    expect((await train('my runs/a', '--resume')).code).toBe(0);
  });

  it('takes a lock away whose owner cannot be seen from here', async () => {
    cpSync(work.path('stopped'), work.path('my runs/b'), { recursive: true });
    const owner = { pid: 1, host: `not-${hostname()}`, started: 1, token: 'a', since: 'yesterday' };
    writeFileSync(work.path('my runs/b/run.lock'), JSON.stringify(owner));
    const refused = await train('my runs/b', '--resume');
    expect(refused.code).toBe(2);
    expect(adviceOf(refused)).toMatch(/^if that process is gone: rm '/);
    shell(/rm .*$/.exec(adviceOf(refused))![0]);
    writeFileSync(work.path('my runs/b/run.lock'), 'half a l');
    const torn = await train('my runs/b', '--resume');
    expect(torn.code).toBe(2);
    shell(/rm .*$/.exec(adviceOf(torn))![0]);
    expect((await train('my runs/b', '--resume')).code).toBe(0);
  });

  it('makes the folder that is missing', async () => {
    const report = ['report', 'done', '--out', 'my reports/a.html'];
    const refused = await work.start(report);
    expect(refused.code).toBe(2);
    shell(/mkdir .*$/.exec(adviceOf(refused))![0]);
    expect((await work.start(report)).code).toBe(0);
  });

  it('lets a run train that has no checkpoint', async () => {
    mkdirSync(work.path('young'), { recursive: true });
    for (const file of ['config.yaml', 'environment.json'])
      cpSync(work.path('stopped', file), work.path('young', file));
    const refused = await work.start(['eval', 'young']);
    expect(refused.code).toBe(2);
    const typed = /involve (.*)$/.exec(adviceOf(refused))![1].split(' ');
    expect((await work.start(typed)).code).toBe(0);
    expect((await work.start(['eval', 'young'])).code).toBe(0);
  });

  it('names a run inside of the folder', async () => {
    const refused = await work.start(['eval', 'my runs']);
    expect(refused.code).toBe(2);
    const named = /name a run inside: ('.*?'|[^,]*)/.exec(adviceOf(refused))![1];
    expect((await work.start(['eval', shell(`printf %s ${named}`)])).code).toBe(0);
  });
});
