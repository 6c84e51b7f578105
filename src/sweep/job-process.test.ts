import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Metric, TaskMetrics } from '../metrics/metric.js';
import { declareMetrics } from '../runs/record/declared-metrics.js';
import { epochOf } from '../runs/record/testing.js';
import { trainLine } from '../runs/record/train-lines.js';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import type { JobProgress } from './events.js';
import { progressReader, tailOf } from './job-process.js';

const begin = (metrics?: TaskMetrics): string =>
  trainLine('begin', {
    name: 'x',
    seed: 0,
    run: 'runs/x',
    engine: 'wasm',
    classes: ['a', 'b'],
    trainImages: 20,
    validationImages: 4,
    parameters: 1,
    macs: 1,
    metrics: metrics && declareMetrics(metrics),
  });

const step = (epoch: number, number: number, running: object): string =>
  trainLine('step', {
    epoch,
    step: number,
    batch: 1,
    learningRate: 0.1,
    imagesPerSecond: 9,
    ...running,
  });

const OUTPUT = [
  begin(),
  trainLine('epoch-start', { epoch: 0, step: 0, batches: 2, batch: 0 }),
  step(0, 1, { loss: 1.5 }),
  'not JSON',
  '{"type":"step","epoch":"one"}',
  '{"type":"something else"}',
  trainLine('epoch', epochOf(1, { step: 2, valTop1: 0.5 })),
  step(1, 3, { loss: 1.25 }),
  '',
].join('\n');

function progressIn(pieces: readonly string[]): JobProgress[] {
  const found: JobProgress[] = [];
  const read = progressReader((progress) => found.push(progress));
  pieces.forEach(read);
  return found;
}

it('reads progress from lines that come in pieces of any size', () => {
  const measured = classificationMetrics;
  fc.assert(
    fc.property(fc.array(fc.nat(OUTPUT.length)), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), OUTPUT.length];
      expect(progressIn(at.slice(1).map((end, i) => OUTPUT.slice(at[i], end)))).toEqual([
        { epoch: 0, step: 1, training: 1.5, validation: null, measured },
        { epoch: 1, step: 1, training: 1.5, validation: 0.5, measured },
        { epoch: 1, step: 3, training: 1.25, validation: 0.5, measured },
      ]);
    }),
  );
});

it('goes by what the job says is measured', () => {
  const energy: Metric = { name: 'energy', title: 'energy', unit: 'number', better: 'lower' };
  const meanError: Metric = { name: 'meanError', title: 'mean error', unit: 'number', better: 'lower' };
  const measured: TaskMetrics = { train: [energy], validation: [energy, meanError], primary: meanError };
  const lines = [
    begin(measured),
    step(0, 1, { energy: 7 }),
    trainLine('epoch', epochOf(1, { valMeanError: 0.25, valEnergy: 8 })),
  ];
  expect(progressIn(lines.map((line) => `${line}\n`))).toEqual([
    { epoch: 0, step: 1, training: 7, validation: null, measured },
    { epoch: 1, step: 1, training: 7, validation: 0.25, measured },
  ]);
});

it('keeps the last lines of what a job says', () => {
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`);
  expect(tailOf(`${lines.join('\n\n')}\n`)).toEqual(lines.slice(-20));
  expect(tailOf('  a\n \t \n\r\nb \n')).toEqual(['  a', 'b ']);
});
