import { columnOf, type Metric, type TaskMetrics } from '../../metrics/metric.js';
import { badInput } from '../../util/errors.js';
import type { Best } from '../state.js';

/**
 * The metric that `checkpoint.best` names by its column.
 * @throws InvolveError when the task does not measure it
 */
export function bestMetric({ validation }: TaskMetrics, column: string): Metric {
  const found = validation.find((metric) => columnOf('val', metric) === column);
  if (found !== undefined) return found;
  throw badInput('E_CONFIG_BEST', {
    what: `the best checkpoint cannot be told by ${column}, which is not measured here`,
    where: 'checkpoint.best',
    try: `one of ${validation.map((metric) => columnOf('val', metric)).join(', ')}`,
  });
}

/** Whether a value is the best so far, the first of equals. One that is not finite never is. */
export function improves({ better }: Pick<Metric, 'better'>, value: number, best: Best | null): boolean {
  if (!Number.isFinite(value)) return false;
  if (best === null) return true;
  return better === 'higher' ? value > best.value : value < best.value;
}
