import { describe, expect, it } from 'vitest';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import { bestMetric, improves } from './best.js';

describe('bestMetric', () => {
  it('is the one of the column', () => {
    expect(bestMetric(classificationMetrics, 'val_loss').name).toBe('loss');
    expect(bestMetric(classificationMetrics, 'val_top5').name).toBe('top5');
  });

  it('refuses what the task does not measure, and says what it does', () => {
    expect(() => bestMetric(classificationMetrics, 'val_iou')).toThrow(
      expect.objectContaining({
        exitCode: 2,
        problems: [
          {
            what: 'the best checkpoint cannot be told by val_iou, which is not measured here',
            where: 'checkpoint.best',
            try: 'one of val_loss, val_top1, val_top5',
          },
        ],
      }),
    );
  });
});

describe('improves', () => {
  const best = { epoch: 1, value: 0.5 };
  it.each([
    ['higher', 0.6, true],
    ['higher', 0.5, false],
    ['higher', 0.4, false],
    ['lower', 0.6, false],
    ['lower', 0.5, false],
    ['lower', 0.4, true],
  ] as const)('the %s the better: %d after 0.5 → %s', (better, value, expected) => {
    expect(improves({ better }, value, best)).toBe(expected);
  });

  it('on nothing always, but by no number never', () => {
    expect(improves({ better: 'lower' }, 1e9, null)).toBe(true);
    for (const value of [NaN, Infinity, -Infinity])
      expect(improves({ better: 'lower' }, value, null)).toBe(false);
  });
});
