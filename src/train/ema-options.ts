import { z } from 'zod';
import { betweenZeroAndOne, magnitude } from '../util/schema-parts.js';

/** timm's: after t updates 1 − (1 + t)^−⅔, which is 0.9 after 31, 0.99 after 1000 and 0.999 after 31,622. */
const WARM_UP = { gamma: 1, power: 2 / 3 } as const;

const warmUp = z.strictObject({
  gamma: magnitude.default(WARM_UP.gamma).describe('Larger: the decay grows later.'),
  power: z.number().gt(0).max(1).default(WARM_UP.power).describe('Smaller: the decay grows more slowly.'),
});

/** The moving average of the weights: its decay, or all that can be said of it. */
export const ema = z
  .union([
    betweenZeroAndOne,
    z.strictObject({
      decay: betweenZeroAndOne.default(0.9999),
      warmUp: z
        .union([z.boolean(), warmUp])
        .default(false)
        .describe('After t updates the decay is at most 1 − (1 + t/gamma)^−power.'),
      validateRaw: z
        .boolean()
        .default(false)
        .describe('Validate the weights as they are too, beside their average.'),
    }),
  ])
  .nullable()
  .default(null)
  .describe('Decay of the moving average of the weights.');

export type EmaConfig = Readonly<z.infer<typeof ema>>;

/** Whether the weights as they are, are to be validated beside their average. */
export function validatesRaw(config: EmaConfig): boolean {
  return typeof config === 'object' && config?.validateRaw === true;
}

/** What a config says of the average, with nothing left to be understood. */
export interface AverageOptions {
  /** Share of the old average in the new. */
  readonly decay: number;
  /** How the decay gets there; null: it is that from the first update on. */
  readonly warmUp: Readonly<z.infer<typeof warmUp>> | null;
}

/** The average that a config asks for, however it is written; null: none. */
export function averageOf(config: EmaConfig): AverageOptions | null {
  if (config === null) return null;
  if (typeof config === 'number') return { decay: config, warmUp: null };
  const { decay, warmUp: given } = config;
  return { decay, warmUp: given === true ? WARM_UP : given === false ? null : given };
}

/**
 * The decay of an update, from 0: min(decay, 1 − (1 + t/γ)^−power), so that the average forgets the first weights at once
 * and looks back further the longer training takes (timm's ModelEmaV3.get_decay).
 */
export function averageDecayAt({ decay, warmUp: by }: AverageOptions, update: number): number {
  return by === null ? decay : Math.min(decay, 1 - (1 + update / by.gamma) ** -by.power);
}
