import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_FORMATS } from '../../report/formats/registry.js';
import { RunsFolder } from '../../report/report.testing.js';
import { runHere, type Result } from '../in-process.testing.js';

const ENDINGS = Object.keys(REPORT_FORMATS)
  .map((ending) => `.${ending}`)
  .join(', ');

let runs: RunsFolder;
beforeAll(() => {
  runs = new RunsFolder();
  runs.writeSeeds('runs/sweep/a', [[0.6], [0.58], [0.62]]);
  runs.writeSeeds('runs/sweep/b', [[0.7], [0.7], [0.73]], { train: { batchSize: 8 } });
  runs.write('runs/large/seed-0', { fingerprint: 'other', data: { inputSize: 64 } });
});
afterAll(() => runs.remove());

const involve = (...argv: string[]): Promise<Result> => runHere(runs.path, argv);

describe('involve report', () => {
  it('prints Markdown', async () => {
    const { code, out, err } = await involve('report', 'sweep');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^# Report: a, b\n\n2 configs, 6 runs, on scenes at 32×32: 900 images/);
    expect(out).toContain('- b is better than a (+11.0 points, 95 % interval +8.5 … +13.5, 3 seeds).');
    expect(out.endsWith('\n')).toBe(false);
  });

  it('takes any of them for the base', async () => {
    const { out } = await involve('report', 'runs/sweep/a', 'runs/sweep/b', '--base', 'b');
    expect(out).toContain('- a is worse than b (−11.0 points, 95 % interval −13.5 … −8.5, 3 seeds).');
  });

  it('goes by the ledger of a sweep: its order, and what was not begun', async () => {
    const job = (folder: string): object => ({ folder, state: 'pending', attempts: 0 });
    runs.writeSeeds('runs/ledger/a', [[0.6]]);
    runs.writeSeeds('runs/ledger/b', [[0.7]]);
    const jobs = ['b/seed-0', 'a/seed-0', 'a/seed-1'].map(job);
    const command = ['sweep', join(runs.path, 'my sweep.yaml'), '--jobs', '2'];
    runs.file('runs/ledger/ledger.json', JSON.stringify({ version: 1, command, jobs }));
    const { code, out } = await involve('report', 'ledger');
    expect(code).toBe(0);
    expect(out).toMatch(/^# Report: b, a\n/);
    expect(out).toContain('> **Note:** 1 of 3 runs did not finish and are not counted (1 not started)');
    expect(out).toMatch(/not started .* runs\/ledger\/a\/seed-1/);
    expect(out).toContain("```\ninvolve sweep 'my sweep.yaml' --jobs 2\n```");
  });

  it.each([
    ['html', '<!doctype html>'],
    ['csv', 'config,base,seeds_finished'],
    ['tex', '% Needs \\usepackage{booktabs}'],
  ])('writes .%s', async (ending, start) => {
    const file = `report.${ending}`;
    expect(await involve('report', 'sweep', '--out', file)).toEqual({
      code: 0,
      out: '',
      err: `wrote ${file}`,
    });
    expect(readFileSync(join(runs.path, file), 'utf8').startsWith(start)).toBe(true);
  });

  it('writes .md with its pictures beside it', async () => {
    const { code, err } = await involve('report', 'sweep', '--out', 'results.md');
    expect(code).toBe(0);
    const text = readFileSync(join(runs.path, 'results.md'), 'utf8');
    const links = [...text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, link]) => link);
    expect(links).toHaveLength(7);
    for (const link of links) expect(existsSync(join(runs.path, link)), link).toBe(true);
    expect(err).toBe(`wrote results.md, ${links.join(', ')}`);
  });

  it.each([
    [
      ['report', 'sweep', '--out', 'r.pdf'],
      `error: --out expects a file that ends in ${ENDINGS}, received "r.pdf"\n  try: --out r.html`,
    ],
    [
      ['report', 'sweep', '--base', 'c'],
      'error: --base expects one of a, b, received "c"\n  try: did you mean "a"?',
    ],
    [
      ['report', 'runs/sweep/a', 'runs/large'],
      'error: runs over different data cannot be compared\n' +
        'error: data.inputSize is 32 in runs/sweep/a/seed-0 but 64 in runs/large/seed-0\n' +
        '  try: a report of each group of runs that share their data',
    ],
    [['report'], 'error: missing required argument "run"\n  at involve report\n  try: involve report --help'],
  ])('refuses %j', async (argv, text) => {
    expect(await involve(...argv)).toEqual({ code: 2, out: '', err: text });
  });
});

describe('involve summary --schedule', () => {
  const config = {
    data: { name: 'scenes', inputSize: 32, scenes: { train: 100, test: 20 } },
    model: { family: 'efficientnet', attention: { type: 'se' } },
    train: { batchSize: 10, epochs: 6, schedule: { name: 'step', at: [{ epochs: 3 }], factor: 0.5 } },
  };

  it('draws the rates over the epochs', async () => {
    runs.file('step.json', JSON.stringify(config));
    const { code, out } = await involve('summary', 'step.json', '--schedule');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'step: step schedule, 54 steps (6 epochs of 9: 88 images in batches of 10)',
      '',
      'epoch  step  learning rate',
      ...[1, 10, 19].map(
        (step, i) => `    ${i + 1}    ${String(step).padStart(2)}          0.001  ${'█'.repeat(40)}`,
      ),
      ...[28, 37, 46].map((step, i) => `    ${i + 4}    ${step}         0.0005  ${'█'.repeat(20)}`),
      `    6    54         0.0005  ${'█'.repeat(20)}`,
    ]);
  });

  it('as JSON, of as many images as are said', async () => {
    const { out } = await involve('summary', 'step.json', '--schedule', '--images', '25', '--json');
    const data = JSON.parse(out) as { points: { learningRate: number }[] };
    expect(data).toMatchObject({ stepsPerEpoch: 3, totalSteps: 18, schedule: 'step', isEarliest: false });
    expect(data.points.map(({ learningRate }) => learningRate)).toEqual([
      ...Array.from({ length: 9 }, () => 0.001),
      ...Array.from({ length: 9 }, () => 0.0005),
    ]);
  });

  it('has a column for whatever else changes, by the name of its key', async () => {
    const changing = {
      ...config,
      model: { ...config.model, dropConnect: { from: 0, to: 0.3 } },
      train: {
        ...config.train,
        labelSmoothing: { from: 0.1, to: 0 },
        progressive: [{ size: 24, until: { epochs: 2 } }],
      },
    };
    runs.file('changing.json', JSON.stringify(changing));
    const { out } = await involve('summary', 'changing.json', '--schedule', '--images', '20');
    const [, , head, ...lines] = out.split('\n');
    expect(head.trim().split(/ {2,}/)).toEqual([
      ...['epoch', 'step', 'learning rate'],
      ...['train.progressive', 'train.labelSmoothing', 'model.dropConnect'],
    ]);
    // 12 steps, the last of which is at the end of every line.
    expect(lines.map((line) => line.trim().split(/ +/).slice(0, 6).map(Number))).toEqual(
      Array.from({ length: 6 }, (_, epoch) => epoch * 2)
        .concat(11)
        .map((step) => [
          ...[Math.floor(step / 2) + 1, step + 1, step < 6 ? 0.001 : 0.0005, step < 4 ? 24 : 32],
          ...[0.1 - (0.1 * step) / 11, (0.3 * step) / 11].map((value) => expect.closeTo(value, 4) as number),
        ]),
    );
    const json = await involve('summary', 'changing.json', '--schedule', '--images', '20', '--json');
    const { points } = JSON.parse(json.out) as { points: object[] };
    expect(points.at(-1)).toMatchObject({ 'train.labelSmoothing': 0, 'model.dropConnect': 0.3 });
  });

  it('says what to do without the data', async () => {
    const data = { name: 'cifar10', inputSize: 32 };
    runs.file('cifar.json', JSON.stringify({ ...config, data }));
    const { code, err } = await involve('summary', 'cifar.json', '--schedule');
    expect(code).toBe(3);
    expect(err).toMatch(/; or say --images N$/);
  });
});
