import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvolveError } from '../util/errors.js';
import { parseTasks, type SlurmTask } from './slurm-commands.js';
import { refuseForSlurm, refuseOtherTasks, slurmOptions } from './slurm-options.js';
import { slurmRunScript } from './slurm-run-script.js';
import { slurmScript } from './slurm-script.js';
import { verdictOn, type Verdict } from './slurm-verdict.js';
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
      ...{ tasks: 1, mpi: 'pmix' },
    });
  });

  it.each([
    ['partition', '--slurm expects key=value, received "partition"'],
    ['partitoin=x', '--slurm knows no "partitoin"'],
    ['=gpu', '--slurm expects key=value, received "=gpu"'],
    ['partition=', '--slurm expects key=value, received "partition="'],
    ['partition=a b', '--slurm expects key=value, received "partition=a b"'],
    ['requeues=-1', 'requeues expects a whole number, received "-1"'],
    ['poll=1.5', 'poll expects a whole number, received "1.5"'],
    ['poll=0', 'poll expects a whole number from 1 to 86400, received "0"'],
    ['time=1;reboot', '"1;reboot" cannot stand in an sbatch script'],
    ['cpus=two', 'cpus expects a whole number, received "two"'],
    ['cpus=0', 'cpus expects a whole number from 1 to 4096, received "0"'],
    ['partition=`id`', '"`id`" cannot stand in an sbatch script'],
  ])('refuses %s', (text, what) => {
    expect(() => slurmOptions({ slurm: [text] })).toThrow(InvolveError);
    expect(() => slurmOptions({ slurm: [text] })).toThrow(what);
  });
});

describe('--slurm as it is typed', () => {
  it('has defaults, and no further try is a number too', () => {
    expect(slurmOptions({})).toEqual({
      ...{ sbatch: [], cpus: 1, atOnce: undefined, requeues: 3, poll: 10, tasks: 1, mpi: 'pmix' },
    });
    expect(slurmOptions({ slurm: ['requeues=0'] }).requeues).toBe(0);
  });

  it('takes the last of what is given twice, and values with an equals sign', () => {
    const { sbatch, cpus } = slurmOptions({ slurm: ['cpus=2', 'exclude=a=b', 'cpus=8'] });
    expect([sbatch, cpus]).toEqual([['--cpus-per-task=8', '--exclude=a=b'], 8]);
  });

  it('tells all that is wrong at once, with what was meant', () => {
    const slurm = ['partitoin=x', 'cpus=two', 'nonsense=1'];
    expect(() => slurmOptions({ slurm })).toThrow(
      expect.objectContaining({
        ...{ code: 'E_ARGUMENT', exitCode: 2 },
        problems: [
          {
            what: '--slurm knows no "partitoin"',
            where: '--slurm partitoin=x',
            try: 'did you mean "partition"?',
          },
          { what: 'cpus expects a whole number, received "two"', where: '--slurm cpus=two' },
          {
            what: '--slurm knows no "nonsense"',
            where: '--slurm nonsense=1',
            try: expect.stringMatching(/^known keys: partition, .*, requeues, poll$/) as string,
          },
        ],
      }),
    );
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

describe('the log of an array', () => {
  const logOf = (dir: string): string => {
    const plan = { ...folder.plan(sweep), dir };
    const script = slurmScript(plan, plan.jobs, slurmOptions({}), 's');
    return script.split('\n').find((line) => line.startsWith('#SBATCH --output='))!;
  };

  it.each([
    ['/home/me/runs', '/home/me/runs/slurm/%A_%a.log'],
    ["/home/it's mine\t#2", `"/home/it's mine\t#2/slurm"/%A_%a.log`],
    ['/home/"5%A"', String.raw`"/home/\"5%%A\"/slurm"/%A_%a.log`],
  ])('in %s is one word that means it, as sbatch reads scripts', (dir, word) =>
    expect(logOf(dir)).toBe(`#SBATCH --output=${word}`),
  );

  it.each(['/home/a\nb', '/home/a\rb', '/home/a\\b'])('cannot be told to Slurm in %j', (dir) =>
    expect(() => refuseForSlurm(dir)).toThrow(
      'Slurm writes no log into a folder with a line break or a backslash in its name',
    ),
  );
});

describe('jobs of several tasks', () => {
  const slurm = ['nodes=1', 'tasks=2', 'cpus=3', 'mpi=pmi2'];
  const options = slurmOptions({ slurm });

  it('are started by srun as one run is', () => {
    const plan = folder.plan({ ...sweep, set: { 'train.workers': 2 } });
    const script = slurmScript(plan, plan.jobs, options, 'name-1');
    expect(script).toContain('#SBATCH --nodes=1\n#SBATCH --ntasks=2\n');
    expect(script).toContain('#SBATCH --signal=TERM@60\n');
    // What Bash would run, and what of it is `involve`'s; the rest is that of one run, to the letter.
    const wordsOf = (text: string): string[] =>
      execFileSync('bash', ['-s'], {
        input: text.replace('\nsrun ', '\nprintf "%s\\n" srun '),
        env: { ...process.env, SLURM_ARRAY_TASK_ID: '1' },
        encoding: 'utf8',
      })
        .trim()
        .split('\n');
    const cwd = folder.path;
    const run = {
      cwd,
      dir: join(cwd, 'a'),
      folder: join(cwd, 'a.slurm'),
      args: ['a.json'],
      hasThreads: false,
    };
    const alone = slurmRunScript(run, options, 'a-1f');
    const start = (words: readonly string[]): readonly string[] => words.slice(0, words.indexOf('train') + 1);
    expect(start(wordsOf(script))).toEqual(start(wordsOf(alone)));
    expect(wordsOf(script).slice(-9)).toEqual([
      ...['train', 'runs/s/epochs-2/job.yaml', '--seed', '0', '--out', 'runs/s/epochs-2/seed-0'],
      ...['--resume', '--threads', '6'],
    ]);
    for (const text of [script, alone]) {
      const lines = text.split('\n');
      expect(lines[lines.findIndex((line) => line.startsWith('srun ')) - 1]).toBe("trap '' TERM");
    }
  });

  it('are refused where a run is to be shared by another number of workers', () => {
    const plan = folder.plan(sweep);
    expect(() => refuseOtherTasks(plan.jobs, options)).toThrow(
      '--slurm tasks=2 has 2 workers share each run, and job epochs-1 has train.workers 1',
    );
    expect(() => refuseOtherTasks(plan.jobs, slurmOptions({}))).not.toThrow();
    const shared = folder.plan({ ...sweep, set: { 'train.workers': 2 } });
    expect(() => refuseOtherTasks(shared.jobs, options)).not.toThrow();
    // One task starts the workers by itself.
    expect(() => refuseOtherTasks(shared.jobs, slurmOptions({}))).not.toThrow();
    expect(() => slurmOptions({ slurm: ['tasks=65'] })).toThrow('tasks expects a whole number from 1 to 64');
  });
});

describe('the head of the script', () => {
  const headOf = (slurm: readonly string[], jobs?: number): string[] => {
    const plan = folder.plan(sweep);
    const script = slurmScript(plan, plan.jobs, slurmOptions({ slurm, jobs }), 'name-1');
    return script.split('\n').filter((line) => line.startsWith('#SBATCH '));
  };

  it('asks for one core unless told otherwise, once', () => {
    expect(headOf([])).toEqual([
      ...['#SBATCH --job-name=name-1', '#SBATCH --array=0-3'],
      `#SBATCH --output=${join(folder.path, 'runs/s/slurm')}/%A_%a.log`,
      ...['#SBATCH --open-mode=append', '#SBATCH --requeue', '#SBATCH --signal=B:TERM@60'],
      '#SBATCH --cpus-per-task=1',
    ]);
    expect(headOf(['cpus=4']).filter((line) => line.includes('--cpus'))).toEqual([
      '#SBATCH --cpus-per-task=4',
    ]);
  });

  it('gives the engine as many threads as cores, no more than it takes', () => {
    const plan = folder.plan(sweep);
    const threads = (cpus: number): unknown =>
      /--threads (\d+)/.exec(
        slurmScript(plan, plan.jobs, slurmOptions({ slurm: [`cpus=${cpus}`] }), 's'),
      )?.[1];
    expect([1, 64, 65].map(threads)).toEqual(['1', '64', '64']);
    const own = folder.plan({ ...sweep, set: { 'engine.threads': 2 } });
    expect(slurmScript(own, own.jobs, slurmOptions({}), 's')).not.toContain('--threads');
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
  expect(
    parseTasks('7_1|CANCELLED+||s-1\n7|FAILED|1:0|s-1\n7_2.batch|FAILED|1:0|batch\n\n7_3', /\|/),
  ).toEqual([
    { submission: 's-1', index: 1, task: '7_1', state: 'CANCELLED', exitCode: null },
    { submission: '', index: 3, task: '7_3', state: '', exitCode: null },
  ]);
});

/** A task that ended, or stands, like that. */
const taskIn = (state: string, exitCode: number | null = 1): SlurmTask => ({
  ...{ submission: 's', index: 0, task: '1_0' },
  ...{ state, exitCode },
});

describe('the verdict on a task', () => {
  it.each<[Verdict, string]>([
    ['queued', 'PENDING CONFIGURING REQUEUED REQUEUE_FED REQUEUE_HOLD RESV_DEL_HOLD SPECIAL_EXIT'],
    ['running', 'RUNNING COMPLETING SUSPENDED STOPPED SIGNALING STAGE_OUT RESIZING'],
    ['again', 'CANCELLED PREEMPTED NODE_FAIL BOOT_FAIL TIMEOUT DEADLINE REVOKED'],
    ['completed', 'COMPLETED'],
    ['failed', 'FAILED OUT_OF_MEMORY LAUNCH_FAILED'],
  ])('is %s in the states of Slurm that say so', (verdict, states) => {
    for (const state of states.split(' ')) expect(verdictOn(taskIn(state)), state).toBe(verdict);
  });

  it('is again where Slurm knows nothing of it any more', () => {
    expect(verdictOn(undefined)).toBe('again');
  });

  it('is again where a run saved and ended by a signal, and only there', () => {
    expect([130, 143].map((code) => verdictOn(taskIn('FAILED', code)))).toEqual(['again', 'again']);
    expect([null, 0, 1, 2, 3, 129, 137].map((code) => verdictOn(taskIn('FAILED', code)))).toEqual(
      Array(7).fill('failed'),
    );
  });
});

describe('one run', () => {
  const run = {
    ...{ cwd: '/home/me', dir: '/home/me/runs/a b/seed-0', folder: '/home/me/runs/a b/seed-0.slurm' },
    ...{ args: ['a.json', '--set', 'name=a b'], hasThreads: false },
  };
  const scriptOf = (slurm: readonly string[], more: Partial<typeof run> = {}): string[] =>
    slurmRunScript({ ...run, ...more }, slurmOptions({ slurm }), 'a-1f').split('\n');

  it('of several tasks is started by srun, which MPI connects; Slurm tells them alone to stop', () => {
    const script = scriptOf(['nodes=2', 'tasks=4', 'cpus=2', 'mpi=pmi2', 'partition=all']);
    for (const option of [
      '--nodes=2',
      '--ntasks=4',
      '--cpus-per-task=2',
      '--partition=all',
      '--signal=TERM@60',
    ])
      expect(script).toContain(`#SBATCH ${option}`);
    const trap = script.indexOf("trap '' TERM");
    expect(script[trap + 1]).toMatch(
      /^srun --mpi=pmi2 --ntasks=4 --cpus-per-task=2 --kill-on-bad-exit=1 --wait=0 \S+ \S+involve\.js train a\.json --set 'name=a b' --out 'runs\/a b\/seed-0' --resume --threads 8$/,
    );
  });

  it('has its log beside its folder, blanks and all', () =>
    expect(scriptOf([])).toContain('#SBATCH --output="/home/me/runs/a b/seed-0.slurm"/%A.log'));

  it('of one task takes the place of the shell, and no MPI has a part in it', () => {
    const script = scriptOf([], { hasThreads: true });
    expect(script.join('\n')).not.toMatch(/srun|ntasks|trap|--threads/);
    expect(script).toContain('#SBATCH --signal=B:TERM@60');
    expect(script.at(-2)).toMatch(/^exec .+ --resume$/);
  });

  it('is a valid script of bash', () => {
    for (const slurm of [[], ['tasks=2']])
      execFileSync('bash', ['-n'], { input: scriptOf(slurm).join('\n') });
  });
});
