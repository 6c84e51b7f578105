import type { Sums } from '../../tasks/task.js';

/** The sums of two parts of a batch or a split. */
export function addSums(one: Sums, other: Sums): Sums {
  return Object.fromEntries(Object.entries(one).map(([key, sum]) => [key, sum + other[key]!]));
}
