import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as timers from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobProgress } from './events.js';
import type { SweepJob } from './plan.js';
import * as slurm from './slurm-commands.js';
import { slurmOptions } from './slurm-options.js';
import { runOnSlurm, type SlurmRunRequest } from './slurm-run.js';
import { pretendRun, SweepFolder, TestLaunch } from './testing.js';

vi.mock('./slurm-commands.js', async (original) => ({
  ...(await original<typeof slurm>()),
  submit: vi.fn(),
  askQueue: vi.fn(),
  askAccounts: vi.fn(),
  cancel: vi.fn(),
}));
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof timers>()),
  setTimeout: vi.fn(() => Promise.resolve()),
}));

/** What the queue answers when it is asked: `STATE exitcode`, nothing of the job, or not at all. */
type Answer = string | 'unknown' | 'silent';

let folder: SweepFolder;
let job: SweepJob;
let launch: TestLaunch;
let notes: string[];
let progress: JobProgress[];
/** Answers in turn, the last one over and over; called with how often the queue was asked before. */
let answer: (asked: number) => Answer;
/** Of the accounts, where the queue knows nothing. */
let account: Answer;
let asked: string[];
let submitted: string[];
beforeEach(() => {
  folder = new SweepFolder();
  [job] = folder.plan({ name: 's', base: 'base.json' }).jobs;
  launch = new TestLaunch();
  [notes, progress, asked, submitted] = [[], [], [], []];
  account = 'unknown';
  const tasks = (submission: string, said: Answer): slurm.SlurmTask[] => {
    if (said === 'unknown') return [];
    const [state, code] = said.split(' ');
    return [{ submission, index: 0, task: '101_0', state, exitCode: code ? Number(code) : null }];
  };
  vi.mocked(timers.setTimeout).mockClear();
  vi.mocked(slurm.submit)
    .mockReset()
    .mockImplementation((script) => {
      submitted.push(readFileSync(script, 'utf8'));
      return Promise.resolve(String(100 + submitted.length));
    });
  vi.mocked(slurm.askQueue)
    .mockReset()
    .mockImplementation(([name]) => {
      const said = answer(asked.push(name) - 1);
      return Promise.resolve(said === 'silent' ? undefined : tasks(name, said));
    });
  vi.mocked(slurm.askAccounts)
    .mockReset()
    .mockImplementation(([name]) => Promise.resolve(tasks(name, account)));
  vi.mocked(slurm.cancel).mockReset().mockResolvedValue(undefined);
});
afterEach(() => folder.remove());

const slurmFolder = () => `${job.dir}.slurm`;
const record = () => readFileSync(join(slurmFolder(), 'submission'), 'utf8');
const waits = () => vi.mocked(timers.setTimeout).mock.calls.map(([ms]) => ms);

function run(more: Partial<SlurmRunRequest> = {}) {
  const listener = {
    note: (text: string) => void notes.push(text),
    progress: (each: JobProgress) => void progress.push(each),
  };
  return runOnSlurm({
    cwd: folder.path,
    dir: job.dir,
    args: ['base.json'],
    hasThreads: false,
    shown: 'runs/x',
    name: 'base',
    settings: { ...slurmOptions({}), requeues: 1, poll: 20 },
    stop: launch.stop,
    listener,
    ...more,
  });
}

/** Ends the run well, as the queue is asked. */
function done(): Answer {
  pretendRun(job, 'done');
  return 'COMPLETED';
}

/** Metrics of a run as of these epochs. */
function epochs(...lines: string[]): void {
  const header = 'epoch,step,learning_rate,train_loss,train_top1,val_loss,val_top1,val_top5';
  const rest = 'images_per_second,data_ms,step_ms,epoch_seconds,peak_memory_mb';
  const rows = lines.map((line) => `${line},0.1,1.5,0.5,2,0.25,1,1,1,1,1,1`);
  mkdirSync(job.dir, { recursive: true });
  writeFileSync(join(job.dir, 'metrics.csv'), [`${header},${rest}`, ...rows, ''].join('\n'));
}

describe('a run of its own on Slurm', () => {
  it('is submitted, followed to its end, and asked about at each poll', async () => {
    answer = (times) => ['PENDING', 'PENDING', 'RUNNING', 'RUNNING'][times] ?? done();
    expect((await run())?.summary.outcome).toBe('done');
    const name = record();
    expect(name).toMatch(/^base-[0-9a-f]{8}$/);
    expect(asked).toEqual([name, name, name, name, name]);
    expect(readdirSync(slurmFolder()).sort()).toEqual([`${name}.sh`, 'submission'].sort());
    expect(submitted[0]).toContain(`--job-name=${name}`);
    expect(submitted[0]).toContain(`--output=${slurmFolder()}/%A.log`);
    expect(notes).toEqual([
      expect.stringMatching(/^Slurm job 101: .*\.slurm\/base-[0-9a-f]{8}\.sh$/),
      'Slurm job 101_0: pending',
      'Slurm job 101_0: running',
    ]);
    expect(waits()).toEqual([20_000, 20_000, 20_000, 20_000]);
    expect(slurm.cancel).not.toHaveBeenCalled();
    expect(slurm.askAccounts).not.toHaveBeenCalled();
  });

  it('has threads from the command line, from a run that has begun, or by the CPUs of the job', async () => {
    answer = done;
    await run();
    expect(submitted[0]).toMatch(/ --threads \S+/);
    await run({ hasThreads: true });
    expect(submitted[1]).not.toContain('--threads');
    pretendRun(job);
    await run();
    expect(submitted[2]).not.toContain('--threads');
  });

  it('tells each epoch once, while it runs', async () => {
    answer = (times) => {
      if (times === 0) epochs('1,10');
      if (times === 3) epochs('1,10', '2,20');
      return ['PENDING', 'RUNNING', 'RUNNING', 'RUNNING', 'RUNNING'][times] ?? done();
    };
    await run();
    expect(progress.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  it('that an earlier call submitted is found again by its name', async () => {
    answer = () => {
      throw new Error('the follower is killed');
    };
    await expect(run()).rejects.toThrow('the follower is killed');
    const name = record();
    for (const state of ['PENDING', 'RUNNING']) {
      [asked, notes] = [[], []];
      answer = (times) => (times === 0 ? state : done());
      expect((await run())?.summary.outcome).toBe('done');
      expect(asked).toEqual([name, name]);
      expect(notes).toEqual(['Slurm has this run already, as job 101_0']);
    }
    expect(submitted).toHaveLength(1);
  });

  it.each<Answer>(['COMPLETED', 'unknown', 'silent'])(
    'is submitted anew where Slurm says of the earlier job: %s',
    async (said) => {
      mkdirSync(slurmFolder(), { recursive: true });
      writeFileSync(join(slurmFolder(), 'submission'), 'base-0');
      answer = (times) => (times === 0 ? said : done());
      await run();
      expect(submitted).toHaveLength(1);
      expect(asked).toEqual(['base-0', record()]);
    },
  );
});

describe('a job that ended before its end', () => {
  it('is submitted again, as often as it may', async () => {
    answer = () => 'PREEMPTED';
    await expect(run({ settings: { ...slurmOptions({}), requeues: 2, poll: 1 } })).rejects.toMatchObject({
      ...{ code: 'E_SLURM_RUN', exitCode: 1 },
      problems: [{ what: 'the job has failed (Slurm: PREEMPTED, 3 times)' }],
    });
    expect(submitted).toHaveLength(3);
    expect(new Set(asked).size).toBe(3);
    expect(notes.filter((text) => text.includes('again'))).toEqual([
      'Slurm: PREEMPTED; submitted again (1 of 2)',
      'Slurm: PREEMPTED; submitted again (2 of 2)',
    ]);
  });

  it('is asked for in the accounts, and lost where they know nothing of it', async () => {
    answer = (times) => (times < 2 ? 'unknown' : done());
    account = 'TIMEOUT';
    await run({ settings: { ...slurmOptions({}), requeues: 2, poll: 1 } });
    expect(notes[1]).toBe('Slurm: TIMEOUT; submitted again (1 of 2)');
    [asked, notes, account] = [[], [], 'unknown'];
    job = { ...job, dir: `${job.dir}-b` };
    answer = (times) => (times === 0 ? 'unknown' : done());
    await run();
    expect(notes[1]).toBe('Slurm: lost; submitted again (1 of 1)');
  });

  it('tells the state of the next one too', async () => {
    answer = (times) => ['RUNNING', 'NODE_FAIL', 'RUNNING'][times] ?? done();
    await run();
    expect(notes.filter((text) => text.endsWith('running'))).toHaveLength(2);
  });

  it('has reached its end where its run has, whatever Slurm calls it', async () => {
    answer = () => {
      done();
      return 'CANCELLED';
    };
    expect((await run())?.summary.outcome).toBe('done');
  });
});

describe('a job that failed', () => {
  it('says why, with the first error of its log', async () => {
    answer = () => {
      writeFileSync(join(slurmFolder(), '101.log'), 'epoch 1\n  error: no memory\nerror: and more\n');
      return 'FAILED 3';
    };
    await expect(run()).rejects.toMatchObject({
      ...{ code: 'E_SLURM_RUN', exitCode: 1 },
      problems: [
        {
          what: 'the job has failed (Slurm: FAILED, exit code 3): no memory',
          where: expect.stringMatching(/\.slurm\/101\.log$/) as string,
          try: 'the log says more; --resume goes on from the last checkpoint',
        },
      ],
    });
    expect(submitted).toHaveLength(1);
  });

  it('says no more than Slurm where there is no log, or no error in it', async () => {
    answer = () => 'OUT_OF_MEMORY 0';
    const what = 'the job has failed (Slurm: OUT_OF_MEMORY)';
    await expect(run()).rejects.toMatchObject({ problems: [{ what }] });
    writeFileSync(join(slurmFolder(), '101.log'), 'epoch 1\nsome error:\n');
    await expect(run()).rejects.toMatchObject({ problems: [{ what }] });
  });
});

describe('what is late', () => {
  it.each([
    [30, true],
    [31, false],
  ])('a shared disk may show a complete run after %i looks: %s', async (looks, isFine) => {
    answer = (times) => {
      if (times === looks) done();
      return 'COMPLETED';
    };
    if (isFine) expect((await run())?.summary.outcome).toBe('done');
    else
      await expect(run()).rejects.toMatchObject({
        problems: [{ what: 'the job has failed (Slurm calls it complete, but its run is not)' }],
      });
  });

  it.each([
    [30, true],
    [31, false],
  ])('the queue may be silent %i times in a row: %s', async (times, isFine) => {
    answer = (before) => (before < times ? 'silent' : done());
    if (isFine) expect((await run())?.summary.outcome).toBe('done');
    else
      await expect(run()).rejects.toMatchObject({
        ...{ code: 'E_NO_SLURM', exitCode: 1 },
        problems: [{ what: 'squeue does not answer', where: 'runs/x' }],
      });
    expect(slurm.askAccounts).not.toHaveBeenCalled();
  });

  it('the queue may be silent more often, but not in a row', async () => {
    answer = (times) => (times % 20 === 19 ? 'RUNNING' : times < 60 ? 'silent' : done());
    expect((await run())?.summary.outcome).toBe('done');
  });
});

it('a run that is told to stop leaves the queue once, and is waited for, looked at every second', async () => {
  answer = (times) => {
    if (times === 1) launch.abort('SIGINT');
    return times < 4 ? 'RUNNING' : 'CANCELLED';
  };
  expect(await run()).toBeUndefined();
  expect(vi.mocked(slurm.cancel).mock.calls).toEqual([[[record()]]]);
  expect(submitted).toHaveLength(1);
  expect(waits()).toEqual([20_000, 1000, 1000, 1000]);
});
