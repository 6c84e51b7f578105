import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvolveError } from '../util/errors.js';
import { parseTasks } from './slurm-commands.js';
import { slurmOptions } from './slurm-options.js';
import { slurmScript } from './slurm-script.js';
import { verdictOn } from './slurm-verdict.js';
import { SweepFolder } from './testing.js';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.remove());

const sweep = { name: 's', base: 'base.json', grid: { 'train.epochs': [1, 2] }, seeds: [0, 7] };

describe('--slurm', () => {
  it('becomes options of sbatch', () => {
    const slurm = [
      'partition=gpu',
      'time=1-02:00:00',
      'gpus=a100:1',
      'mem=8G',
      'cpus=4',
      'requeues=5',
      'poll=2',
    ];
    expect(slurmOptions({ slurm, jobs: 3 })).toEqual({
      sbatch: ['--partition=gpu', '--time=1-02:00:00', '--gpus=a100:1', '--mem=8G', '--cpus-per-task=4'],
      cpus: 4,
      atOnce: 3,
      requeues: 5,
      poll: 2,
    });
  });

  it.each([
    ['partition', '--slurm expects key=value, received "partition"'],
    ['partitoin=x', '--slurm knows no "partitoin"'],
    ['cpus=two', 'cpus expects a whole number, received "two"'],
    ['cpus=0', 'cpus expects a whole number from 1 to 4096, received "0"'],
    ['partition=`id`', '"`id`" cannot stand in an sbatch script'],
  ])('refuses %s', (text, what) => {
    expect(() => slurmOptions({ slurm: [text] })).toThrow(InvolveError);
    expect(() => slurmOptions({ slurm: [text] })).toThrow(what);
  });
});

describe('the script', () => {
  it('gives each task its job', () => {
    const plan = folder.plan(sweep);
    const options = slurmOptions({ slurm: ['cpus=4', 'time=60'], jobs: 2 });
    const script = slurmScript(plan, plan.jobs, options, 'name-1', new Set([plan.jobs[1].id]));
    expect(script).toContain('#SBATCH --array=0-3%2\n');
    expect(script).toContain('#SBATCH --cpus-per-task=4\n#SBATCH --time=60\n');
    // Bash itself says what a task would run.
    const run = (index: number): string[] =>
      execFileSync('bash', ['-s'], {
        input: script.replace('exec ', 'printf "%s\\n" '),
        env: { ...process.env, SLURM_ARRAY_TASK_ID: String(index) },
        encoding: 'utf8',
      })
        .trim()
        .split('\n')
        .slice(2);
    const common = (name: string, seed: number): string[] => [
      ...['train', `runs/s/${name}/job.yaml`, '--seed', String(seed)],
      ...['--out', `runs/s/${name}/seed-${seed}`, '--resume'],
    ];
    expect(run(0)).toEqual([...common('epochs-1', 0), '--threads', '4']);
    expect(run(1)).toEqual(common('epochs-2', 0)); // has begun: keeps its threads
    expect(run(3)).toEqual([...common('epochs-2', 7), '--threads', '4']);
  });

  it('stands folders with blanks and quotes', () => {
    folder.write("it's here/base.json", { extends: '../base.json' });
    folder.write("it's here/s.yaml", sweep);
    const cwd = join(folder.path, "it's here");
    const plan = folder.plan(sweep, { cwd, out: 'a b' });
    const script = slurmScript(plan, plan.jobs, slurmOptions({}), 's');
    const input = script.replace('exec ', 'pwd; printf "%s\\n" ');
    const env = { ...process.env, SLURM_ARRAY_TASK_ID: '0' };
    const printed = execFileSync('bash', ['-s'], { input, env, encoding: 'utf8' }).split('\n');
    expect(printed[0]).toBe(cwd);
    expect(printed[4]).toBe('a b/epochs-1/job.yaml');
  });
});

it('reads what squeue and sacct print', () => {
  const queue = '5_1   CANCELLED   36608   s-1\n5_[2-3]   PENDING   0   s-1\n5_0  RUNNING  0  s-1\n';
  expect(parseTasks(queue, /\s+/)).toEqual([
    { submission: 's-1', index: 1, task: '5_1', state: 'CANCELLED', exitCode: 143 },
    { submission: 's-1', index: 0, task: '5_0', state: 'RUNNING', exitCode: 0 },
  ]);
  expect(parseTasks('7_12|CANCELLED by 1000|1:0|s-1\n', /\|/)).toEqual([
    { submission: 's-1', index: 12, task: '7_12', state: 'CANCELLED', exitCode: 1 },
  ]);
});

it.each([
  [undefined, 'again'],
  ['PENDING', 'queued'],
  ['COMPLETING', 'running'],
  ['COMPLETED', 'completed'],
  ['PREEMPTED', 'again'],
  ['NODE_FAIL', 'again'],
  ['TIMEOUT', 'again'],
  ['FAILED', 'failed'],
  ['OUT_OF_MEMORY', 'failed'],
])('%s means %s', (state, verdict) => {
  const task = state && { submission: 's', index: 0, task: '1_0', state, exitCode: 1 };
  expect(verdictOn(task || undefined)).toBe(verdict);
});

it('a run that saved and ended by a signal goes on', () => {
  expect(verdictOn({ submission: 's', index: 0, task: '1_0', state: 'FAILED', exitCode: 143 })).toBe('again');
});
