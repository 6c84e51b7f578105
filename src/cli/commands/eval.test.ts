import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIGS, tinyExperiment, Workspace } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}
interface Evaluation {
  readonly macro: Scores;
  readonly images: number;
  readonly top1: number;
  readonly top5: number;
  readonly loss: number;
  readonly classes: readonly (Scores & { readonly name: string; readonly images: number })[];
}

describe('a run that keeps its best epochs', () => {
  it('has the average of their weights, which is measured and can be evaluated', async () => {
    work.write('kept.json', {
      ...tinyExperiment({ train: { epochs: 3 } }),
      checkpoint: { keep: 2, best: 'val_loss' },
    });
    const trained = await work.start(['train', 'kept.json', '--out', 'kept']);
    expect(trained.code).toBe(0);
    const { averaged } = JSON.parse(readFileSync(work.path('kept', 'summary.json'), 'utf8')) as {
      averaged: { epochs: number[]; valLoss: number };
    };
    expect(averaged.epochs).toHaveLength(2);
    expect(trained.stdout).toContain(
      `averaged     epochs ${averaged.epochs.join(', ')}: validation accuracy`,
    );
    const args = ['eval', 'kept', '--split', 'validation', '--checkpoint', 'averaged', '--json'];
    const evaluated = await work.start(args);
    expect(evaluated.stderr).toBe('');
    const result = JSON.parse(evaluated.stdout) as Evaluation;
    expect(result).toMatchObject({ checkpoint: 'averaged', split: 'validation' });
    expect(result.loss).toBeCloseTo(averaged.valLoss, 5);
    const unknown = await work.start(['eval', 'kept', '--checkpoint', 'averagd']);
    expect(unknown.code).toBe(2);
    const names = ['averaged', 'best', ...averaged.epochs.map((epoch) => `epoch-${epoch}`), 'last'];
    expect(unknown.stderr).toContain(`try: one that it has: ${names.join(', ')}`);
  });
});

describe('a trained run', () => {
  beforeAll(async () => {
    work.write('tiny.json', tinyExperiment({ train: { epochs: 1 } }));
    const { code, stderr } = await work.start(['train', 'tiny.json', '--out', 'run', '--quiet']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('is evaluated on the test images, with scores of every class and a confusion matrix', async () => {
    const { code, stdout } = await work.start(['eval', 'run', '--json']);
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Evaluation;
    expect(result.images).toBe(20);
    expect(result.classes.map(({ name }) => name)).toEqual([
      'buildings',
      'forest',
      'glacier',
      'mountain',
      'sea',
      'street',
    ]);
    // Top-1 is the mean recall weighted by images: two independent ways to the same number.
    const hits = result.classes.reduce((sum, { images, recall }) => sum + images * recall, 0);
    expect(result.top1).toBeCloseTo(hits / result.images, 12);
    expect(result.top5).toBeGreaterThanOrEqual(result.top1);
    for (const score of ['precision', 'recall', 'f1'] as const) {
      const mean = result.classes.reduce((sum, each) => sum + each[score], 0) / result.classes.length;
      expect(result.macro[score], score).toBeCloseTo(mean, 12);
    }
    const rows = readFileSync(work.path('run', 'confusion-test.csv'), 'utf8').trim().split('\n');
    expect(rows).toHaveLength(7);
    expect(readFileSync(work.path('run', 'confusion-test.svg'), 'utf8')).toMatch(/^<svg /);
  });

  it('prints what it found where it may not write into the run', async () => {
    const kept = await work.start(['eval', 'run', '--json']);
    cpSync(work.path('run'), work.path('foreign'), { recursive: true });
    for (const file of ['confusion-test.csv', 'evaluation-test.json'])
      rmSync(work.path('foreign', file), { force: true });
    // A folder in the place of the file: no right to write can be taken from root, who may run this.
    mkdirSync(work.path('foreign', 'confusion-test.csv'));
    const { code, stdout, stderr } = await work.start(['eval', 'foreign', '--json']);
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as Evaluation;
    expect(JSON.parse(kept.stdout)).toEqual({ ...found, run: 'run' });
    expect(stderr).toMatch(
      /^note: the results are printed, but not kept in foreign: confusion-test.csv is a folder/m,
    );
    expect(existsSync(work.path('foreign', 'evaluation-test.json'))).toBe(false);
  });

  it('says by its own flag where the data may lie now', async () => {
    cpSync(work.path('run'), work.path('moved'), { recursive: true });
    const path = work.path('moved', 'config.yaml');
    const config = readFileSync(path, 'utf8');
    writeFileSync(path, config.replace('name: scenes', 'name: intel').replace('dir: null', 'dir: gone'));
    const { code, stderr } = await work.start(['eval', 'moved']);
    expect(code).toBe(2);
    expect(stderr).toContain('  try: --data FOLDER, where it lies now\n');
  });

  it('gives the validation numbers of its best epoch again', async () => {
    const { stdout } = await work.start(['eval', 'run', '--split', 'validation', '--json']);
    const summary = JSON.parse(readFileSync(work.path('run', 'summary.json'), 'utf8')) as {
      best: { valTop1: number; valLoss: number };
    };
    const result = JSON.parse(stdout) as Evaluation;
    expect(result.top1).toBe(summary.best.valTop1);
    expect(result.loss).toBe(summary.best.valLoss);
  });

  it('classifies image files: grey, CMYK and transparent ones too', async () => {
    const rgb = sharp({ create: { width: 40, height: 30, channels: 3, background: '#3080c0' } });
    await rgb.clone().png().toFile(work.path('rgb.png'));
    await rgb.clone().greyscale().toColourspace('b-w').jpeg().toFile(work.path('grey.jpg'));
    await rgb.clone().toColourspace('cmyk').jpeg().toFile(work.path('cmyk.jpg'));
    await rgb.clone().ensureAlpha(0.5).png().toFile(work.path('rgba.png'));
    const files = ['rgb.png', 'grey.jpg', 'cmyk.jpg', 'rgba.png'];
    const { code, stdout } = await work.start(['predict', 'run', ...files, '--top', '3', '--json']);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { image: string; classes: { probability: number }[] });
    expect(lines.map(({ image }) => image)).toEqual(files);
    for (const { classes } of lines) {
      expect(classes).toHaveLength(3);
      expect(classes[0].probability).toBeGreaterThanOrEqual(classes[1].probability);
    }
    const csv = await work.start(['predict', 'run', 'rgb.png', '--csv', '--top', '6']);
    const shares = csv.stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.split(',')[3]));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it('tells all files that are no images at once', async () => {
    work.write('text.jpg', 'not a picture');
    const { code, stderr } = await work.start(['predict', 'run', 'text.jpg', 'absent.png']);
    expect(code).toBe(2);
    expect(stderr).toContain('at text.jpg');
    expect(stderr).toContain('at absent.png');
  });

  it('refuses a folder that is no run, and names the runs below it', async () => {
    const { code, stderr } = await work.start(['eval', '.']);
    expect(code).toBe(2);
    expect(stderr).toContain('is not a run folder');
    expect(stderr).toContain('run');
  });

  it('has the summary of its config', async () => {
    const { stdout } = await work.start(['summary', 'run', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      params: { trainable: 620_710 },
      input: [32, 32, 3],
      classes: 6,
    });
  });
});

describe('involve train --smoke', () => {
  it('takes scenes where the data is absent, says so in one line, and ends with every file', async () => {
    const { code, stderr, stdout } = await work.start(['train', `${CONFIGS}exp4.json`, '--smoke']);
    expect(code).toBe(0);
    const notes = stderr.split('\n').filter((line) => line.startsWith('note:'));
    expect(notes).toEqual([
      'note: the data of this config (intel) is not on this machine: the smoke run takes scenes',
    ]);
    expect(stdout).toContain('run folder   runs/exp4-smoke/seed-0');
    for (const file of ['metrics.csv', 'confusion.csv', 'curves.svg', 'checkpoints/best.safetensors']) {
      expect(readFileSync(work.path('runs/exp4-smoke/seed-0', file)).length, file).toBeGreaterThan(0);
    }
  });
});
