/** A line over training: a number in its first step, and another in its last. */
export interface Line {
  readonly from: number;
  readonly to: number;
}

/** A number that stays, or goes along a line over training. */
export type OverTraining = number | Line;

/** The share of training that is behind a step, counted from 0: 0 in the first step, 1 in the last. */
export function shareDone(step: number, totalSteps: number): number {
  return step / Math.max(1, totalSteps - 1);
}

/** What a number is when such a share of training is done: exactly `from` at 0 and `to` at 1. */
export function valueAt(value: OverTraining, done: number): number {
  if (typeof value === 'number') return value;
  return value.from * (1 - done) + value.to * done;
}

/** The same line, with every number of it changed by a linear function. */
export function mapLine(value: OverTraining, change: (number: number) => number): OverTraining {
  if (typeof value === 'number') return change(value);
  return { from: change(value.from), to: change(value.to) };
}

/** Whether it is 0 at all times. */
export function isAlwaysZero(value: OverTraining): boolean {
  return typeof value === 'number' ? value === 0 : value.from === 0 && value.to === 0;
}

/** Whether a value of a config is a line. */
export function isLine(value: unknown): value is Line {
  if (typeof value !== 'object' || value === null) return false;
  const { from, to, ...more } = value as Partial<Line>;
  return typeof from === 'number' && typeof to === 'number' && Object.keys(more).length === 0;
}
