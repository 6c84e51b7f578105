import type { z } from 'zod';
import { duration, fraction, type Duration } from '../../util/schema-parts.js';
import type { PlateauState } from './plateau-state.js';

/** What every schedule's options say. */
export interface CommonOptions {
  readonly name: string;
  readonly warmUp: Duration | null;
  readonly warmUpStart: number | null;
}

/** The keys of every schedule. */
export const warmingUp = {
  warmUp: duration.nullable().default(null).describe('How long the rate climbs at first, step by step.'),
  warmUpStart: fraction
    .nullable()
    .default(null)
    .describe(
      'Share of the full rate in the very first step of a warm-up, as LinearLR of PyTorch has it; ' +
        'null: 1/n in a warm-up of n steps, so that its last step has the full rate.',
    ),
};

/** How long a training is. */
export interface Extent {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

/** A step, as a schedule is asked for its rate. */
export interface Moment extends Extent {
  /** From 0; never within the warm-up. */
  readonly step: number;
  /** Steps of the warm-up. */
  readonly warmUp: number;
  /** The full rate: that of the optimizer. */
  readonly base: number;
  /** Where a schedule stands that follows the validation loss. */
  readonly plateau: PlateauState;
}

/** One schedule: its options, and the learning rate of a step. What `summary --schedule` draws follows from it. */
export interface ScheduleRow<Options extends z.ZodType<CommonOptions>> {
  /** Told apart by `name`. */
  readonly options: Options;
  /** Of any step, in a time that does not depend on how many there are. */
  readonly rate: (config: z.infer<Options>, moment: Moment) => number;
  /** The momentum of any step, where the schedule drives it too; null: it is the optimizer's. */
  readonly momentum?: (
    config: z.infer<Options>,
    moment: Pick<Moment, 'step' | 'totalSteps'>,
  ) => number | null;
  /** Steps at which the rate may be the highest, where that is neither the first one nor the end of the warm-up. */
  readonly peaks?: (config: z.infer<Options>, extent: Extent) => readonly number[];
  /** What the loss on validation makes of it after an epoch; only where the rates follow that. */
  readonly follow?: Follow<z.infer<Options>>;
}

export interface Follow<Config> {
  readonly next: (config: Config, state: PlateauState, loss: number) => PlateauState;
  /** Epochs without a lower loss after which `next` changes more than its count of them. */
  readonly patience: (config: Config) => number;
}

/** Declares a schedule; the line in `index.ts` makes it known. */
export function defineSchedule<Options extends z.ZodType<CommonOptions>>(
  row: ScheduleRow<Options>,
): ScheduleRow<Options> {
  return row;
}

/** The share of what follows the warm-up that is over: 0 in its first step, 1 after the last. */
export function shareAfterWarmUp({ step, warmUp, totalSteps }: Moment): number {
  return (step - warmUp) / Math.max(1, totalSteps - warmUp);
}
