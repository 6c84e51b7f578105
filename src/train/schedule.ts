import { toSteps } from './schedules/duration.js';
import { scheduleRow, type ScheduleConfig } from './schedule-options.js';
import type { Extent } from './schedules/define-schedule.js';
import type { PlateauState } from './schedules/plateau-state.js';

/**
 * The learning rate of a step (counted from 0): the schedule's value, and in the first n steps of a warm-up
 * (step + 1)/n of the full rate, or a line from `warmUpStart` of it in the first step to all of it after n.
 */
export function learningRateAt(
  schedule: ScheduleConfig,
  base: number,
  step: number,
  extent: Extent,
  plateau: PlateauState,
): number {
  const warmUp = warmUpSteps(schedule, extent);
  if (step >= warmUp) return scheduleRow(schedule).rate(schedule, { ...extent, step, warmUp, base, plateau });
  const { warmUpStart } = schedule;
  if (warmUpStart === null) return (base * (step + 1)) / warmUp;
  return base * (warmUpStart + ((1 - warmUpStart) * step) / warmUp);
}

/** The momentum of a step (counted from 0) where the schedule drives it; undefined: it is the optimizer's at all times. */
export function momentumAt(schedule: ScheduleConfig, step: number, totalSteps: number): number | undefined {
  return scheduleRow(schedule).momentum?.(schedule, { step, totalSteps }) ?? undefined;
}

/** Whether a schedule drives the momentum. */
export function drivesMomentum(schedule: ScheduleConfig): boolean {
  return momentumAt(schedule, 0, 1) !== undefined;
}

/** How many steps a schedule warms up for. */
export function warmUpSteps({ warmUp }: ScheduleConfig, { stepsPerEpoch }: Extent): number {
  return warmUp ? toSteps(warmUp, stepsPerEpoch) : 0;
}
