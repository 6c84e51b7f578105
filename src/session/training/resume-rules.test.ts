import { expect, it } from 'vitest';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import type { RunRecord } from '../../runs/run-folder.js';
import { refuseOtherMetrics } from './resume-rules.js';

const record = (metrics?: typeof classificationMetrics): RunRecord =>
  ({ environment: { metrics } }) as unknown as RunRecord;

it('refuses to go on with a run whose table has other columns; an older record says none and has a classifier’s', () => {
  expect(() => refuseOtherMetrics(record(), classificationMetrics, 'runs/a')).not.toThrow();
  expect(() => refuseOtherMetrics(record(classificationMetrics), classificationMetrics, 'a')).not.toThrow();
  const { train, validation, primary } = classificationMetrics;
  const fewer = { train, validation: validation.slice(0, 2), primary };
  expect(() => refuseOtherMetrics(record(fewer), classificationMetrics, 'runs/a')).toThrow(
    'what is measured is not what the run was started with: train_loss, train_top1, val_loss, val_top1, val_top5 ' +
      'in the place of train_loss, train_top1, val_loss, val_top1',
  );
});
