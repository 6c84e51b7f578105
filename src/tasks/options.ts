import { columnOf, type TaskMetrics } from '../metrics/metric.js';
import { classificationMetrics } from './classification/metrics.js';
import { classificationTraining } from './classification/options.js';
import { segmentationMetrics } from './segmentation/metrics.js';
import { segmentationTraining } from './segmentation/options.js';
import type { Target } from '../data/target.js';

/** What each task measures, by what is known of the images; one entry a task. */
const metricsOf: Readonly<Record<Target, TaskMetrics>> = {
  class: classificationMetrics,
  mask: segmentationMetrics,
};
const metrics = Object.values(metricsOf);

/** Keys of a config's `train` that are a task's own. */
export const taskTraining = { ...classificationTraining, ...segmentationTraining };

/** Columns of metrics.csv that the best checkpoint can be told by: each task's primary one before its others. */
export const BEST_COLUMNS = [
  ...new Set(
    metrics.flatMap(({ primary, validation }) =>
      [primary, ...validation].map((metric) => columnOf('val', metric)),
    ),
  ),
];

/** What a claim may hold a run's primary metric against: a share, as long as every task's is one. */
export const ARE_SHARES = metrics.every(({ primary }) => primary.unit === 'share');

/** The one that tells it where a config does not say. */
export const PRIMARY_COLUMN = columnOf('val', classificationMetrics.primary);

/** The same, for data of a target. */
export function primaryColumnOf(target: Target): `val_${string}` {
  return columnOf('val', metricsOf[target].primary);
}
