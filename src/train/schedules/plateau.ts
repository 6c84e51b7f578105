import { z } from 'zod';
import { epochs } from '../../util/schema-parts.js';
import { defineSchedule, warmingUp } from './define-schedule.js';
import type { PlateauState } from './plateau-state.js';

const options = z.strictObject({
  name: z.literal('plateau'),
  factor: z.number().gt(0).lt(1).default(0.1),
  patience: epochs
    .default(10)
    .describe('Epochs without a lower val_loss that are borne; the one after them reduces the rate.'),
  counting: z
    .enum(['pytorch', 'keras'])
    .default('pytorch')
    .describe(
      'How patience counts. pytorch: more than so many epochs; keras: the last of so many reduces, an epoch sooner.',
    ),
  threshold: z
    .number()
    .min(0)
    .lt(1)
    .default(1e-4)
    .describe('Relative: an epoch counts as better below best·(1 − threshold).'),
  maxReductions: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(3)
    .describe('Reductions before `until: plateau` stops.'),
  minimum: z.number().min(0).default(0),
  ...warmingUp,
});

export type PlateauConfig = Readonly<z.infer<typeof options>>;

/** Lower by a factor whenever the loss on validation has stopped falling (torch.optim.lr_scheduler.ReduceLROnPlateau). */
export const plateau = defineSchedule({
  options,
  rate: ({ minimum, factor }, { base, plateau: { reductions } }) =>
    Math.max(minimum, base * factor ** reductions),
  follow: { next: nextPlateau, patience: reducingEpoch },
});

/**
 * What an epoch's val_loss does to a plateau schedule: after more than `patience` epochs without a loss below
 * best·(1 − threshold), as PyTorch counts, or after so many, as Keras does, the rate is reduced and the count starts anew; when `maxReductions` are used up,
 * the next time the schedule is exhausted. A loss that is not finite counts as no better.
 */
export function nextPlateau(config: PlateauConfig, state: PlateauState, loss: number): PlateauState {
  const { threshold, maxReductions } = config;
  if (Number.isFinite(loss) && (state.best === null || loss < state.best * (1 - threshold))) {
    return { ...state, best: loss, badEpochs: 0 };
  }
  const badEpochs = state.badEpochs + 1;
  if (badEpochs < reducingEpoch(config)) return { ...state, badEpochs };
  return state.reductions >= maxReductions
    ? { ...state, badEpochs, exhausted: true }
    : { ...state, badEpochs: 0, reductions: state.reductions + 1 };
}

/** The epoch without a lower loss, counted from 1, that reduces the rate. */
export function reducingEpoch({ patience, counting }: PlateauConfig): number {
  return counting === 'keras' ? patience : patience + 1;
}
