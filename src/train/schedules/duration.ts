import type { Duration } from '../../util/schema-parts.js';

/** A duration in steps, rounded to a whole step. */
export function toSteps(duration: Duration, stepsPerEpoch: number): number {
  return 'steps' in duration ? duration.steps : Math.round(duration.epochs * stepsPerEpoch);
}
