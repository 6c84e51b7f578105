import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../config/testing.js';
import { readEvaluation } from '../runs/record/evaluation.js';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import { evaluateRun } from './evaluate-run.js';
import { makeTrainedRun, SCENES } from './trained-run.testing.js';

let folder: ConfigFolder;
beforeAll(async () => {
  vi.stubEnv('INVOLVE_ENGINE_DIR', '');
  folder = await makeTrainedRun();
  vi.stubEnv('INVOLVE_CACHE_DIR', join(folder.path, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

const evaluate = (split: 'train' | 'validation' | 'test', notes: string[] = [], data?: string) =>
  evaluateRun('run', { cwd: folder.path, split, data, onNote: (text) => notes.push(text) });

it('measures every image of a split, and writes what it says into the folder of the run', async () => {
  const { evaluation, lines, pictures } = await evaluate('test');
  expect(evaluation).toMatchObject({ run: 'run', split: 'test', images: 20, checkpoint: 'best', epoch: 1 });
  const { macro, classes } = evaluation;
  expect(classes!.map(({ name }) => name)).toEqual(SCENES);
  expect(classes!.reduce((sum, { images }) => sum + images, 0)).toBe(20);
  for (const score of ['precision', 'recall', 'f1'] as const)
    expect(macro![score], score).toBeCloseTo(classes!.reduce((sum, each) => sum + each[score]!, 0) / 6, 12);
  const hits = classes!.reduce((sum, { images, recall }) => sum + images * recall!, 0);
  expect((evaluation as unknown as { top1: number }).top1).toBeCloseTo(hits / 20, 12);

  const dir = join(folder.path, 'run');
  const names = readdirSync(dir).filter((name) => name.includes('-test.'));
  expect(names.sort()).toEqual(['confusion-test.csv', 'confusion-test.svg', 'evaluation-test.json']);
  expect(await readEvaluation(dir, 'test', classificationMetrics.validation)).toMatchObject(
    JSON.parse(JSON.stringify(evaluation)) as object,
  );
  const rows = readFileSync(join(dir, 'confusion-test.csv'), 'utf8').trim().split('\n').slice(1);
  const counts = rows.map((row) => row.split(',').slice(1).map(Number));
  expect(counts.map((row) => row.reduce((sum, count) => sum + count, 0))).toEqual(
    classes!.map(({ images }) => images),
  );
  expect(readFileSync(join(dir, 'confusion-test.svg'), 'utf8')).toContain('made, test');
  expect(pictures).toEqual([{ title: 'confusion matrix', path: join('run', 'confusion-test.svg') }]);
  expect(lines[0]).toMatch(/^top-1 /);
});

it('measures the split that is asked for, each under a name of its own', async () => {
  const { evaluation } = await evaluate('validation');
  expect(evaluation).toMatchObject({ split: 'validation', images: 6 });
  expect(readdirSync(join(folder.path, 'run'))).toContain('evaluation-validation.json');
  const { evaluation: test } = await evaluate('test');
  expect(evaluation.data!.fingerprint).not.toBe(test.data!.fingerprint);
});

it('measures the checkpoint that is asked for, beside what counts', async () => {
  const request = { cwd: folder.path, split: 'test', onNote: () => undefined } as const;
  const before = readFileSync(join(folder.path, 'run/evaluation-test.json'), 'utf8');
  cpSync(
    join(folder.path, 'run/checkpoints/best.safetensors'),
    join(folder.path, 'run/checkpoints/epoch-3.safetensors'),
  );
  const { evaluation } = await evaluateRun('run', { ...request, checkpoint: 'epoch-3' });
  expect(evaluation).toMatchObject({ checkpoint: 'epoch-3', split: 'test', images: 20 });
  const names = readdirSync(join(folder.path, 'run')).filter((name) => name.includes('-epoch-3.'));
  expect(names.sort()).toEqual([
    ...['confusion-test-epoch-3.csv', 'confusion-test-epoch-3.svg', 'evaluation-test-epoch-3.json'],
  ]);
  expect(readFileSync(join(folder.path, 'run/evaluation-test.json'), 'utf8')).toBe(before);
  for (const checkpoint of ['averaged', 'epoch-03', '../best']) {
    await expect(evaluateRun('run', { ...request, checkpoint })).rejects.toMatchObject({
      ...{ code: 'E_NO_CHECKPOINT', exitCode: 2 },
      problems: [
        { what: `the run run has no checkpoint ${checkpoint}`, try: 'one that it has: best, epoch-3' },
      ],
    });
  }
});

it('passes on what a reader should know of the data', async () => {
  const notes: string[] = [];
  await evaluate('test', notes, 'elsewhere');
  expect(notes).toEqual(['data.dir has no effect: scenes are drawn, not read']);
});
