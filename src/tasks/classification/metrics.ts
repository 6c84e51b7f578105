import type { Metric, TaskMetrics } from '../../metrics/metric.js';

/** Cross-entropy, in nats. */
const loss: Metric = { name: 'loss', title: 'loss', unit: 'nats', better: 'lower' };
const top1: Metric = { name: 'top1', title: 'accuracy', unit: 'share', better: 'higher' };
const top5: Metric = { name: 'top5', title: 'top-5 accuracy', unit: 'share', better: 'higher' };

/** What is measured of a classifier. */
export const classificationMetrics: TaskMetrics = {
  train: [loss, top1],
  validation: [loss, top1, top5],
  primary: top1,
};
