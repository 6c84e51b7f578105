import { z } from 'zod';
import { defineSchedule, warmingUp } from './define-schedule.js';

/** The same rate all along. */
export const constant = defineSchedule({
  options: z.strictObject({ name: z.literal('constant'), ...warmingUp }),
  rate: (_config, { base }) => base,
});
