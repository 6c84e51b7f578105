import { z } from 'zod';
import type { ScheduleRow } from './schedules/define-schedule.js';
import { schedules } from './schedules/index.js';

type OptionsOf<Rows extends readonly { readonly options: unknown }[]> = {
  -readonly [I in keyof Rows]: Rows[I]['options'];
};

/** Learning-rate schedules, told apart by `name`. */
export const schedule = z.discriminatedUnion(
  'name',
  schedules.map(({ options }) => options) as OptionsOf<typeof schedules>,
);

export type ScheduleConfig = Readonly<z.infer<typeof schedule>>;

/** The row of the schedule that a config names. */
export function scheduleRow({ name }: ScheduleConfig): ScheduleRow<z.ZodType<ScheduleConfig>> {
  // A row's functions take its own options, which are these: they have its name.
  return schedules.find(({ options }) => options.shape.name.value === name) as never;
}
