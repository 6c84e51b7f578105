import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Metric, TaskMetrics } from '../../metrics/metric.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import { drawRunCurves } from './run-curves.js';

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
const draw = (metrics: readonly EpochMetrics[], title = 'exp3'): Promise<string> =>
  drawRunCurves(metrics, classificationMetrics, title);

/** How many points every line has, piece by piece: `12` whole, `1+3` broken. */
function lines(svg: string): string[] {
  const paths = [...svg.matchAll(/<path d="(M[^"]*)"[^>]* stroke="var\(--line-[12]\)" stroke-width="2"/g)];
  return paths.map(([, d]) =>
    d
      .split('M')
      .slice(1)
      .map((piece) => piece.split('L').length)
      .join('+'),
  );
}

describe('the learning curves of a run', () => {
  it('are loss and accuracy of training and validation', async () => {
    const svg = await draw(rows, 'exp3 / seed-0');
    for (const text of ['exp3 / seed-0', 'Loss', 'Accuracy', 'training', 'epoch', '80%'])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg).toContain('>validation, best 0.2083 at epoch 12</text>');
    expect(svg).toContain('>validation, best 85.8 % at epoch 12</text>');
    expect(lines(svg)).toEqual(['12', '12', '12', '12']);
    // From the first epoch to the last.
    expect(svg).toContain('>12</text>');
    expect(svg).toContain('stroke-dasharray="6,3"');
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.length).toBeLessThan(30_000);
  });

  it('are those of whatever a task measures, the best of it by its direction', async () => {
    const error: Metric = { name: 'error', title: 'mean error', unit: 'number', better: 'lower' };
    const measured: TaskMetrics = { train: [error], validation: [error], primary: error };
    const errors = [3, 1, 2].map((value, i) => row(i + 1, { train_error: value, val_error: value }));
    const svg = await drawRunCurves(errors, measured, 'guess');
    expect(svg).toContain('>Mean error</text>');
    expect(svg).toContain('>validation, best 1 at epoch 2</text>');
    expect(lines(svg)).toEqual(['3', '3']);
  });

  it('break where a value is missing, and show a lone value as a dot', async () => {
    const gaps = [row(1), row(2, { val_loss: null }), row(3), row(4), row(5, { train_loss: NaN })];
    const svg = await draw(gaps);
    expect(lines(svg).sort()).toEqual(['1+3', '4', '5', '5']);
    expect(svg.match(/<path [^>]*d="[^"]*A[^"]*"[^>]*fill="var\(--line-2\)"/g)).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it.each([
    ['one epoch', [row(1)]],
    ['no validation', rows.map((r) => ({ ...r, val_loss: null, val_top1: null }))],
    [
      'values that never change',
      rows.map((r) => ({ ...r, train_top1: 1, val_top1: 1 - 1e-16, train_loss: 0 })),
    ],
    ['a loss that exploded', [row(1), row(2, { train_loss: 1e30, val_loss: Infinity })]],
    ['nothing but overflows', [row(1, { train_loss: NaN, val_loss: null })]],
  ])('of %s render', async (_, metrics) => {
    const svg = await draw(metrics, 'a < b & "c"');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('a &lt; b &amp; ');
    const { format, width, height } = await sharp(Buffer.from(svg)).metadata();
    expect(format).toBe('svg');
    expect(width).toBeGreaterThan(700);
    expect(height).toBeGreaterThan(250);
    await sharp(Buffer.from(svg)).png().toBuffer();
  });
});
