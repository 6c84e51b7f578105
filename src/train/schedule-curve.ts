import type { TrainConfig } from './options.js';
import { learningRateAt, nextPlateau, PLATEAU_START } from './schedule.js';

/** The learning rate of every step of a training that did not take place. */
export interface ScheduleCurve {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** By step, from 0. */
  readonly rates: Float64Array;
  /** The rates follow val_loss: these are the earliest reductions possible, of a loss that never falls. */
  readonly isEarliest: boolean;
}

/** Walks through a schedule as training does, epoch by epoch. */
export function scheduleCurve(config: TrainConfig, stepsPerEpoch: number): ScheduleCurve {
  const { schedule, optimizer, until } = config;
  const planned = config.steps ?? config.epochs! * stepsPerEpoch;
  const extent = { stepsPerEpoch, totalSteps: planned };
  const rates: number[] = [];
  let plateau = PLATEAU_START;
  while (rates.length < planned && !(until === 'plateau' && plateau.exhausted)) {
    const end = Math.min(planned, rates.length + stepsPerEpoch);
    while (rates.length < end)
      rates.push(learningRateAt(schedule, optimizer.learningRate, rates.length, extent, plateau));
    if (schedule.name === 'plateau') plateau = nextPlateau(schedule, plateau, 1);
  }
  return {
    stepsPerEpoch,
    totalSteps: rates.length,
    rates: Float64Array.from(rates),
    isEarliest: schedule.name === 'plateau',
  };
}

/** At most `count` steps, evenly spread, the first and the last among them. */
export function sampleSteps(totalSteps: number, count: number): number[] {
  const last = totalSteps - 1;
  if (totalSteps <= count) return Array.from({ length: totalSteps }, (_, step) => step);
  return Array.from({ length: count }, (_, i) => Math.round((i * last) / (count - 1)));
}
