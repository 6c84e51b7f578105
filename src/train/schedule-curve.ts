import type { TrainConfig } from './options.js';
import { scheduleRow, type ScheduleConfig } from './schedule-options.js';
import { learningRateAt, warmUpSteps } from './schedule.js';
import { PLATEAU_START, type PlateauState } from './schedules/plateau-state.js';

/** The learning rate of every step of a training that did not take place. */
export interface ScheduleCurve {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Steps that training has where nothing ends it earlier. */
  readonly plannedSteps: number;
  /** The rate of a step, from 0. */
  readonly rate: (step: number) => number;
  /** Of all steps. */
  readonly highest: number;
  /** The rates follow val_loss: these are the earliest reductions possible, of a loss that never falls. */
  readonly isEarliest: boolean;
}

/** What a training's schedule does, however long that is: only the epochs that change it are looked at. */
export function scheduleCurve(config: TrainConfig, stepsPerEpoch: number): ScheduleCurve {
  const { schedule, optimizer, until } = config;
  const row = scheduleRow(schedule);
  const planned = config.steps ?? config.epochs! * stepsPerEpoch;
  const changes = changesOf(schedule, Math.ceil(planned / stepsPerEpoch));
  const last = changes.at(-1)!;
  const end = until === 'plateau' && last.plateau.exhausted ? last.epoch * stepsPerEpoch : planned;
  const totalSteps = Math.min(planned, end);
  const extent = { stepsPerEpoch, totalSteps: planned };
  const rate = (step: number): number => {
    const epoch = Math.floor(step / stepsPerEpoch);
    const { plateau } = changes.findLast((each) => each.epoch <= epoch)!;
    return learningRateAt(schedule, optimizer.learningRate, step, extent, plateau);
  };
  // It climbs in a warm-up, and where a schedule says so.
  const warmUp = warmUpSteps(schedule, extent);
  const candidates = [0, warmUp - 1, warmUp, ...(row.peaks?.(schedule, extent) ?? [])];
  const peaks = candidates.map((step) => Math.max(0, Math.min(step, totalSteps - 1)));
  const highest = Math.max(...peaks.map(rate));
  return {
    stepsPerEpoch,
    totalSteps,
    plannedSteps: planned,
    rate,
    highest,
    isEarliest: row.follow !== undefined,
  };
}

/** Where a schedule stands from the beginning of an epoch on. */
interface Change {
  readonly epoch: number;
  readonly plateau: PlateauState;
}

/** The changes of a schedule in so many epochs whose loss never falls after the first. */
function changesOf(schedule: ScheduleConfig, epochs: number): readonly Change[] {
  const changes: Change[] = [{ epoch: 0, plateau: PLATEAU_START }];
  const { follow } = scheduleRow(schedule);
  if (follow === undefined) return changes;
  const patience = follow.patience(schedule);
  let plateau = follow.next(schedule, PLATEAU_START, 1);
  for (let epoch = 1 + patience; epoch <= epochs && !plateau.exhausted; epoch += patience) {
    plateau = follow.next(schedule, { ...plateau, badEpochs: patience - 1 }, 1);
    changes.push({ epoch, plateau });
  }
  return changes;
}

/** At most `count` steps, evenly spread, the first and the last among them. */
export function sampleSteps(totalSteps: number, count: number): number[] {
  const last = totalSteps - 1;
  if (totalSteps <= count) return Array.from({ length: totalSteps }, (_, step) => step);
  return Array.from({ length: count }, (_, i) => Math.round((i * last) / (count - 1)));
}
