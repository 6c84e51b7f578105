import type { Metric } from '../../metrics/metric.js';
import type { Best } from '../state.js';

/** The best of these epochs and one more, at most so many, in the order in which they came; of equals the first. */
export function nextKept(
  kept: readonly Best[],
  epoch: Best,
  most: number,
  { better }: Pick<Metric, 'better'>,
): readonly Best[] {
  if (!Number.isFinite(epoch.value)) return kept;
  const sign = better === 'higher' ? 1 : -1;
  return [...kept, epoch]
    .sort((a, b) => sign * (b.value - a.value) || a.epoch - b.epoch)
    .slice(0, most)
    .sort((a, b) => a.epoch - b.epoch);
}
