import type { TaskMetrics } from '../metrics/metric.js';
import { classificationMetrics } from './classification/metrics.js';

/**
 * What was measured of a run.
 * @param declared what its record says; runs from before records said it are of classifiers
 */
export function recordedMetrics(declared: TaskMetrics | undefined): TaskMetrics {
  return declared ?? classificationMetrics;
}
