import { describe, expect, it } from 'vitest';
import type { DataReport } from '../../data/check-data.js';
import type { BenchEntry, BenchRow } from '../../measure/benchmark.js';
import type { FoundRate } from '../../session/find-learning-rate.js';
import type { ExperimentSchedule } from '../../session/cost/schedule-of.js';
import type { SweepCost } from '../../session/cost/sweep-cost.js';
import type { Experiment } from '../../config/schema.js';
import { missing } from '../../util/errors.js';
import { benchFailureLines, benchLines } from './bench-lines.js';
import { reportLines } from './data-report.js';
import { evaluationLines } from './evaluation-lines.js';
import { rangeTestLines } from './range-test-lines.js';
import { scheduleJson, scheduleLines } from './schedule-lines.js';
import { sweepCostLines } from './sweep-cost-lines.js';
import { textTable } from './text-table.js';

it('a table has words at the left and numbers at the right', () => {
  const rows = [
    ['a', 'long word', '1', '20'],
    ['bb', '', '300', ''],
  ];
  expect(textTable(['x', 'word', 'n', 'm'], rows, 2)).toEqual([
    ...['x   word         n   m', 'a   long word    1  20', 'bb             300'],
  ]);
  expect(textTable(['title'], [], 1)).toEqual(['title']);
});

describe('a benchmark', () => {
  const row = (config: string, changes: Partial<BenchRow> = {}): BenchRow => ({
    ...{ config, mode: 'train', engine: 'wasm', batch: 8, input: 32, trials: 3 },
    ...{ minMs: 1.234, medianMs: 99.994, meanMs: 100.06, sdMs: null, msPerSample: 0.123456 },
    ...{ relativePercent: 100, theoryPercent: 49.96, peakMemoryMb: 123.6 },
    ...changes,
  });
  const entry = (samples: number): BenchEntry => ({
    config: '',
    task: {} as BenchEntry['task'],
    batch: 8,
    samples,
  });

  it('is a table, with what was measured above it', () => {
    expect(
      benchLines([row('a'), row('bb', { sdMs: 100 })], [entry(64), entry(64)], 'wasm (1 thread)'),
    ).toEqual([
      'train step, trials: 3, images a trial: 64, in turn, on wasm (1 thread)',
      '',
      'config  input  batch  mean ms  median ms  sd ms  min ms  ms/sample  relative %  theory %  peak MB',
      'a          32      8    100.1      99.99      –    1.23     0.1235       100.0      50.0      124',
      'bb         32      8    100.1      99.99  100.0    1.23     0.1235       100.0      50.0      124',
    ]);
    expect(benchLines([row('a', { mode: 'infer' })], [entry(8), entry(64)], 'x')[0]).toBe(
      'inference, trials: 3, images a trial: 8, 64, in turn, on x',
    );
    expect(benchLines([], [], undefined)).toEqual([]);
  });

  it('of workers says how the work was shared, and what of it was the sum', () => {
    const shared = row('a', {
      ...{ workers: 2, threads: 1, imagesPerSecond: 80.006, sumMs: 3.456 },
      ...{ efficiencyOneThreadPercent: 49.96, efficiencyAllThreadsPercent: null },
    });
    expect(
      benchLines([{ ...shared, workers: 1, sumMs: null }, shared], [entry(8)], 'wasm (1 thread)'),
    ).toEqual([
      'train step, trials: 3, images a trial: 8, in turn, on wasm',
      '',
      'config  input  batch  workers  threads each  images/s  median ms  sd ms  of it sum ms  per thread %  of all threads %  peak MB',
      'a          32      8        1             1     80.01      99.99      –             –          50.0                 –      124',
      'a          32      8        2             1     80.01      99.99      –          3.46          50.0                 –      124',
    ]);
  });

  it('says what a config failed with', () => {
    const error = missing('E_X', [{ what: 'no', where: 'here', try: 'that' }, { what: 'neither' }]);
    expect(benchFailureLines({ config: 'a', error })).toEqual([
      ...['error: a failed (exit code 3): no', '  at here', '  try: that'],
      'error: a failed (exit code 3): neither',
    ]);
    expect(benchFailureLines({ config: 'a', error: new Error('x') })).toEqual([
      'error: a failed (exit code 1): Error: x',
    ]);
  });
});

describe('a check of data', () => {
  const place = (name: string, label: string) => ({
    split: 'train' as const,
    class: label,
    name: `/d/${name}`,
  });
  const report: DataReport = {
    classes: ['cat', 'long-class-name'],
    counts: { train: [1200, 30], test: [4, 5] },
    bad: Array.from({ length: 12 }, (_, i) => ({ ...place(`train/cat/${i}.png`, 'cat'), reason: 'empty' })),
    sizes: [8, 7, 6, 5, 4, 3].map((count) => ({ size: `${count}×9`, count: 1000 * count })),
    duplicates: [
      { images: [place('a', 'cat'), place('b', 'dog')], conflicting: true },
      { images: [place('c', 'cat'), place('d', 'cat')], conflicting: false },
    ],
    acrossSplits: [],
    remarks: [
      { text: 'the first frame', count: 1200 },
      { text: 'the first band', count: 1 },
    ],
    imbalance: 40,
  };

  it('counts, then tells ten findings of each kind and how many more there are', () => {
    const lines = reportLines(report, { name: 'mine', dir: '/d', notes: ['so'] });
    expect(lines).toEqual([
      'mine, /d',
      '                        train        test',
      '  cat                   1,200           4',
      '  long-class-name          30           5',
      '  all                   1,230           9',
      'largest class of train over smallest: 40.00',
      'sizes: 8×9 (8,000), 7×9 (7,000), 6×9 (6,000), 5×9 (5,000), 4×9 (4,000), and 1 more',
      'note: so',
      'note: 1,200 images: the first frame',
      'note: 1 image: the first band',
      'images that cannot be used: 12',
      ...Array.from({ length: 10 }, (_, i) => `  train/cat/${i}.png: empty`),
      '  … and 2 more (--json lists all)',
      'groups of equal images with different classes: 1',
      '  a (cat) = b (dog)',
      'other groups of equal images in one split: 1',
      '  c (cat) = d (cat)',
      'groups of equal images across splits: none',
    ]);
  });

  it('of drawn images names no folder and no sizes', () => {
    const lines = reportLines({ ...report, sizes: [], bad: [] }, { name: 'scenes', dir: null, notes: [] });
    expect(lines[0]).toBe('scenes');
    expect(lines.join('\n')).not.toContain('sizes:');
    expect(lines).toContain('  /d/a (cat) = /d/b (dog)');
  });
});

describe('a schedule', () => {
  const of = (
    epochs: number,
    stepsPerEpoch: number,
    more: object = {},
    accumulate = 1,
  ): ExperimentSchedule => {
    const totalSteps = epochs * stepsPerEpoch;
    const rate = (step: number): number => 0.1 * (1 - step / totalSteps);
    const train = { batchSize: 10, accumulate, until: 'end', schedule: { name: 'cosine' } };
    return {
      experiment: { name: 'x', train } as unknown as Experiment,
      images: 1200,
      others: [],
      curve: {
        stepsPerEpoch,
        totalSteps,
        plannedSteps: totalSteps,
        rate,
        highest: 0.1,
        isEarliest: false,
        ...more,
      },
    };
  };
  const steps = (lines: readonly string[]): string[] =>
    lines.slice(lines.indexOf('') + 2).map((line) => line.trim().split(/ +/).slice(0, 2).join(' '));

  it('shows the first step of each epoch and the last, where they have room', () => {
    const lines = scheduleLines(of(5, 120));
    expect(lines[0]).toBe('x: cosine schedule, 600 steps (5 epochs of 120: 1,200 images in batches of 10)');
    expect(scheduleLines(of(5, 30, {}, 4))[0]).toBe(
      'x: cosine schedule, 150 steps (5 epochs of 30: 1,200 images in steps of 4 batches of 10)',
    );
    expect(steps(lines)).toEqual(['1 1', '2 121', '3 241', '4 361', '5 481', '5 600']);
    expect(lines[3]).toBe(`    1     1            0.1  ${'█'.repeat(40)}`);
    expect(lines.at(-1)).toBe('    5   600      0.0001667  ▏');
    expect(steps(scheduleLines(of(23, 2)))).toHaveLength(24);
  });

  it('shows some steps where epochs are few or many', () => {
    expect(steps(scheduleLines(of(4, 2)))).toEqual(['1 1', '1 2', '2 3', '2 4', '3 5', '3 6', '4 7', '4 8']);
    const many = steps(scheduleLines(of(24, 10)));
    expect(many).toHaveLength(24);
    expect([many[0], many.at(-1)]).toEqual(['1 1', '24 240']);
  });

  it('says where it follows a loss that is not known', () => {
    const lines = scheduleLines(of(5, 2, { isEarliest: true }));
    expect(lines[1]).toMatch(/^the rate follows val_loss/);
    expect(scheduleLines(of(5, 2))[1]).toBe('');
  });

  it('says where training may end earlier', () => {
    const schedule = of(5, 2);
    const { experiment } = schedule;
    const ending = {
      ...experiment,
      checkpoint: { best: 'val_loss' },
      train: { ...experiment.train, until: { patience: 3, minDelta: 0 } },
    } as unknown as Experiment;
    const lines = scheduleLines({ ...schedule, experiment: ending });
    expect(lines[1]).toBe('training may end earlier: after 3 epochs without a better val_loss');
    expect(scheduleJson({ ...schedule, experiment: ending })).toMatchObject({ until: { patience: 3 } });
  });

  it('is for programs a list of steps from one, and of epochs begun', () => {
    expect(scheduleJson(of(2, 2))).toEqual({
      ...{ name: 'x', schedule: 'cosine', images: 1200, batchSize: 10, accumulate: 1, until: 'end' },
      ...{ stepsPerEpoch: 2, totalSteps: 4, isEarliest: false },
      points: [0, 1, 2, 3].map((step) => ({
        step: step + 1,
        epoch: step / 2,
        learningRate: 0.1 * (1 - step / 4),
      })),
    });
  });
});

describe('a range test', () => {
  const experiment = {
    name: 'x',
    train: { batchSize: 8, optimizer: { name: 'sgd', learningRate: 0.1 } },
  } as unknown as Experiment;
  const points = Array.from({ length: 41 }, (_, i) => ({
    ...{ step: i + 1, learningRate: 10 ** (i / 10 - 5) },
    ...{ loss: 2 - i / 100, smoothedLoss: 1.5 },
  }));
  const found = (changes: Partial<FoundRate> = {}, end: FoundRate['test']['end'] = 'done'): FoundRate => ({
    ...{ test: { points, end }, suggestion: points[10] },
    ...changes,
  });

  it('shows every so many points, the one that is suggested and the last', () => {
    const lines = rangeTestLines(experiment, found());
    const shown = lines.slice(3, -2).map((line) => Number(line.trim().split(/ +/)[0]));
    expect(shown).toEqual([...[1, 4, 7, 10, 11], ...[13, 16, 19, 22, 25, 28, 31, 34, 37, 40], 41]);
    expect(lines[0]).toBe('x: sgd, batches of 8');
    expect(lines.find((line) => line.trim().startsWith('11 '))).toBe(
      '  11        1.00e-4  1.900     1.500  ← steepest',
    );
    expect(lines.at(-1)).toBe(
      'suggested learning rate: 0.00010 (the config has 0.1): --set train.optimizer.learningRate=0.0001',
    );
  });

  it('says where the loss exploded, and where there is nothing to suggest', () => {
    const lines = rangeTestLines(experiment, found({ suggestion: undefined }, 'diverged'));
    expect(lines[0]).toBe('x: sgd, batches of 8; stopped at step 41, where the loss exploded');
    expect(lines.at(-1)).toMatch(/^no suggestion: /);
  });
});

it('an evaluation says of which weights and images it is', () => {
  const evaluation = {
    run: 'runs/a',
    checkpoint: 'best',
    epoch: 7,
    images: 20,
    split: 'test',
    engine: 'wasm',
  } as const;
  const pictures = [{ title: 'confusion matrix', path: 'runs/a/c.svg' }];
  expect(evaluationLines({ evaluation, lines: ['top-1'], pictures, unsaved: undefined })).toEqual([
    ...[
      'runs/a, best checkpoint (epoch 7), 20 images of test',
      'top-1',
      '',
      'confusion matrix: runs/a/c.svg',
    ],
  ]);
});

it('costs of a sweep stand beside the first', () => {
  const cost = (name: string, factor: number, bytes: number | null) => ({
    ...{ name, params: { trainable: 1000 * factor, total: 0 }, macs: 2e6 * factor, macsElementwise: 3000 },
    ...{ activationBytes: 4e6 * factor, trainingMemoryBytes: bytes },
    trainingMemoryEngine: bytes === null ? null : 'wasm',
  });
  const sweep = (...jobs: unknown[]): SweepCost =>
    ({ sweep: 's', inputSize: 32, jobs }) as unknown as SweepCost;
  const lines = sweepCostLines(sweep(cost('a', 1, 5e8), cost('b', 0.5, null)));
  expect(lines[0]).toBe('s: 2 variants, in per cent of a; of one image of 32×32 in a');
  expect(lines[3].split(/ {2,}/)).toEqual([
    ...['a', '1,000', '100.0 %', '2,000,000', '100.0 %', '3,000', '4.0 MB', '100.0 %', '500 MB'],
  ]);
  expect(lines[4].split(/ {2,}/)).toEqual([
    ...['b', '500', '50.0 %', '1,000,000', '50.0 %', '3,000', '2.0 MB', '50.0 %', '–'],
  ]);
  expect(lines.slice(5)).toEqual(['', 'training memory: predicted for wasm']);
  expect(sweepCostLines(sweep(cost('a', 1, null)))).toHaveLength(4);
});
