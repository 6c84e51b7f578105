import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyExperiment, Workspace, type Finished } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

describe('involve lr-find', () => {
  let found: Finished;
  beforeAll(async () => {
    work.write('tiny.json', tinyExperiment());
    found = await work.start([
      'lr-find',
      'tiny.json',
      '--steps',
      '12',
      '--engine',
      'wasm',
      '--to',
      '0.1',
      '--json',
    ]);
  });

  it('says what it measured and suggests, as one JSON object', () => {
    expect(found.code).toBe(0);
    const result = JSON.parse(found.stdout) as { points: { step: number }[]; suggestion: number | null };
    expect(result).toMatchObject({
      name: 'tiny',
      optimizer: 'adamw',
      configured: 0.001,
      dir: 'runs/tiny/lr-find',
    });
    expect(result.points.map(({ step }) => step)).toEqual(result.points.map((_, i) => i + 1));
    expect(result.points.length).toBeGreaterThanOrEqual(8);
    expect(found.stderr).toContain('wrote runs/tiny/lr-find/lr-find.csv, runs/tiny/lr-find/lr-find.svg');
  });

  it('leaves a table and a picture, and no run', () => {
    const [head, ...rows] = readFileSync(work.path('runs/tiny/lr-find/lr-find.csv'), 'utf8')
      .trim()
      .split('\n');
    expect(head).toBe('step,learning_rate,loss,smoothed_loss');
    expect(Number(rows[0].split(',')[1])).toBe(1e-6);
    expect(readFileSync(work.path('runs/tiny/lr-find/lr-find.svg'), 'utf8')).toMatch(
      /^<svg [\s\S]*<\/svg>\n$/,
    );
    expect(existsSync(work.path('runs/tiny/seed-0'))).toBe(false);
  });

  it('refuses a place that cannot be written to before it trains', async () => {
    work.write('taken', 'a file');
    const refused = await work.start(['lr-find', 'tiny.json', '--out', 'taken/here']);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).not.toContain('engine:');
    expect(refused.stderr).toContain('taken is a file, and a folder is needed');
  });

  it('prints a table, the same numbers another time', async () => {
    const options = ['--steps', '12', '--engine', 'wasm', '--to', '0.1', '--out', 'again'];
    const { code, stdout } = await work.start(['lr-find', 'tiny.json', ...options]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tiny: adamw, batches of 10.*\n\nstep {2}learning rate +loss {2}smoothed\n/);
    expect(stdout).toMatch(/\n(suggested learning rate: |no suggestion: )/);
    const table = (dir: string): string => readFileSync(work.path(dir, 'lr-find.csv'), 'utf8');
    expect(table('again')).toBe(table('runs/tiny/lr-find'));
  });

  it.each([
    [
      ['--from', '1', '--to', '0.5'],
      'error: --from must be below --to, received 1 and 0.5\n  try: --from 1e-6 --to 10\n',
    ],
    [['--from', '-1'], 'error: --from expects a number above 0, received "-1"\n'],
    [['--steps', '3'], 'error: --steps expects a whole number from 10 up, received "3"\n'],
  ])('refuses %j', async (options, text) => {
    const { code, stderr } = await work.start(['lr-find', 'tiny.json', ...options]);
    expect([code, stderr]).toEqual([2, text]);
  });
});

describe('log.tensorboard', () => {
  /** Tags and steps in the files of a run, in the order of writing; a restart drops what lies beyond it. */
  function scalarsOf(run: string, files: readonly string[]): string[] {
    let seen: { step: number; tag: string }[] = [];
    for (const file of files) {
      const bytes = readFileSync(work.path(run, file));
      for (let at = 0; at + 12 < bytes.byteLength;) {
        const length = Number(bytes.readBigUInt64LE(at));
        const content = bytes.subarray(at + 12, at + 12 + length);
        // wall_time is nine bytes, then field 2: the step, here below 128.
        const step = content[9] === 0x10 ? content[10] : 0;
        if (content[11] === 0x3a) seen = seen.filter((each) => each.step < step);
        for (const [tag] of content.toString('latin1').matchAll(/(?:train|val|running|time)\/[a-z_0-9]+/g))
          seen.push({ step, tag });
        at += 12 + length + 4;
      }
    }
    return seen.map(({ step, tag }) => `${step} ${tag}`);
  }

  it('writes event files that go on after kill -9 where the run goes on', async () => {
    const log = { tensorboard: true, every: { steps: 4 } };
    work.write('logged.json', { ...tinyExperiment(), name: 'logged', log });
    await work.start(['train', 'logged.json', '--out', 'straight', '--quiet']);
    const killed = await work.start(['train', 'logged.json', '--out', 'killed', '--json'], (text, child) => {
      if (text.includes('"step":13,')) child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    await work.start(['train', 'logged.json', '--out', 'killed', '--resume', '--quiet']);
    const files = (run: string): string[] =>
      readdirSync(work.path(run))
        .filter((name) => name.startsWith('events.out.tfevents.'))
        .sort();
    expect([files('straight').length, files('killed').length]).toEqual([1, 2]);
    const straight = scalarsOf('straight', files('straight'));
    // Every four steps of 24, and at the end of each of three epochs.
    expect(straight.filter((each) => each.endsWith('running/loss'))).toHaveLength(6);
    expect(straight.filter((each) => each.endsWith('val/top1'))).toEqual([
      '8 val/top1',
      '16 val/top1',
      '24 val/top1',
    ]);
    expect(scalarsOf('killed', files('killed')).sort()).toEqual(straight.sort());
  });
});
