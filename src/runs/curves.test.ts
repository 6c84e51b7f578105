import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawCurves, writeCurves } from './curves.js';
import type { EpochMetrics } from './record/metrics-csv.js';

const row = (epoch: number, more: Partial<EpochMetrics> = {}): EpochMetrics =>
  ({
    epoch,
    train_loss: 2 / epoch,
    train_top1: 1 - 1 / (epoch + 1),
    val_loss: 2.5 / epoch,
    val_top1: 0.9 - 0.5 / epoch,
    ...more,
  }) as EpochMetrics;

const rows = Array.from({ length: 12 }, (_, i) => row(i + 1));
const count = (svg: string, what: string): number => svg.split(what).length - 1;

describe('drawCurves', () => {
  it('draws loss and accuracy of training and validation', () => {
    const svg = drawCurves(rows, 'exp3 / seed-0');
    expect(svg).toContain('<title>Learning curves of exp3 / seed-0</title>');
    expect(count(svg, '<path class="train line" d="M0 ')).toBe(2 + 2);
    expect(svg).toContain('>validation, best 0.208 at epoch 12</text>');
    expect(svg).toContain('>validation, best 85.8 % at epoch 12</text>');
    expect(svg).toContain('text-anchor="end">80 %</text>');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('breaks the line where a value is missing, and shows a lone value as a dot', () => {
    const gaps = [row(1), row(2, { val_loss: null }), row(3), row(4), row(5, { train_loss: NaN })];
    const svg = drawCurves(gaps);
    expect(count(svg, '<circle class="validation dot"')).toBe(1);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it.each([
    ['nothing', []],
    ['one epoch', [row(1)]],
    ['no validation', rows.map((r) => ({ ...r, val_loss: null, val_top1: null }))],
    [
      'values that never change',
      rows.map((r) => ({ ...r, train_top1: 1, val_top1: 1 - 1e-16, train_loss: 0 })),
    ],
    ['a loss that exploded', [row(1), row(2, { train_loss: 1e30, val_loss: Infinity })]],
  ])('draws %s as a picture that renders', async (_, metrics) => {
    const svg = drawCurves(metrics, 'a < b & "c"');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).not.toContain('>110 %<');
    expect(await sharp(Buffer.from(svg)).metadata()).toMatchObject({
      format: 'svg',
      width: 864,
      height: 352,
    });
    await sharp(Buffer.from(svg)).png().toBuffer();
  });
});

describe('writeCurves', () => {
  it('writes curves.svg of a run folder', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'involve-curves-'));
    try {
      await writeCurves(dir, rows, 'exp3');
      expect(await readFile(join(dir, 'curves.svg'), 'utf8')).toBe(drawCurves(rows, 'exp3'));
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
