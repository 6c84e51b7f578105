import type { Experiment } from '../../config/schema.js';
import { knownClasses } from '../../data/sets/index.js';
import { fewerThanClasses } from '../../data/unusable.js';

/**
 * Refuses a limit of fewer images than classes before anything is read, where the set itself says what its classes are.
 * Of other data it is found when the images are drawn.
 */
export function refuseLimit({ data }: Experiment): void {
  const { train: limit } = data.limit;
  const classes = knownClasses(data);
  if (limit === null || classes === null || limit >= classes.length) return;
  // The first classes get the images that there are.
  throw fewerThanClasses(limit, classes.length, classes.slice(limit));
}
