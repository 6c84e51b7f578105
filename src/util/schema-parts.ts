import { z } from 'zod';
import { shownValue } from './shown-value.js';

/** Values that several parts of the schema are made of. */

export const positive = z.number().positive();
export const count = z.int().positive();
export const fraction = z.number().min(0).max(1);
/** Channels, or what they are divided by: no network has more. */
export const channels = count.max(65_536);
/** What widths are multiplied with. */
export const widening = positive.max(64);
/** Blocks of a stage; how many layers a network can have is told where it is put together. */
export const blocks = count.max(1000);

/** A message of our own for a check, which names the value. */
export const saying = (rule: string) => ({
  error: (issue: { readonly input?: unknown }) => `${rule}, received ${shownValue(issue.input, 120)}`,
});
/** Names a folder. No disk takes longer ones, and what is written beside it is called by its name and an ending. */
export const folderName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    saying('use letters, digits, dot, dash and underscore, since it names a folder'),
  )
  .max(200, saying('use at most 200 letters, since it names a folder'));
/** Side of a window. */
export const odd = count.max(127).refine((k) => k % 2 === 1 || k < 1, saying('must be odd'));

/**
 * What is kept of something, or left out of it: a momentum or a dropout rate of 1 would leave nothing else. Near 1 it may
 * be 1 in the 32 bits that are computed with.
 */
const notWhole = (number: z.ZodNumber) =>
  number
    .lt(1)
    .refine(
      (value) => value >= 1 || Math.fround(value) < 1,
      saying('is 1 in the 32 bits that are computed with'),
    );
export const belowOne = notWhole(z.number().min(0));
export const betweenZeroAndOne = notWhole(z.number().gt(0));

/** A number, or a line over training: `from` in its first step, `to` in its last (`util/over-training.ts`). */
export const overTraining = (number: z.ZodNumber) =>
  z.union([number, z.strictObject({ from: number, to: number })]);
/** A rate of dropout, or a line over training. */
export const dropRate = overTraining(belowOne);

const aboveZero = (most: number) =>
  positive
    .max(most)
    .refine(
      (value) => value <= 0 || value >= 1e-30,
      saying('is as good as 0 in the 32 bits that are computed with'),
    );
/** An epsilon, not beyond all reason. */
export const magnitude = aboveZero(1000);
/** A number that is computed with. */
export const representable = aboveZero(1e30);

/** The longest training there can be. */
export const epochs = count.max(1_000_000);
export const steps = count.max(1_000_000_000);

/** A duration: exactly one of `{ epochs: n }` and `{ steps: n }`. */
export const duration = z.union([
  z.strictObject({ epochs: positive.max(1_000_000) }),
  z.strictObject({ steps }),
]);
export type Duration = z.infer<typeof duration>;

/**
 * Refuses times that do not come in their order, as far as the same unit tells.
 * @param pathOf the place of a time in what is checked
 */
export function refuseDisorder(
  times: readonly Duration[],
  context: z.RefinementCtx,
  pathOf: (index: number) => (string | number)[],
): void {
  for (const [i, each] of times.entries()) {
    const before = times[i - 1];
    if (before === undefined) continue;
    const [earlier, later] =
      'epochs' in each && 'epochs' in before
        ? [before.epochs, each.epochs]
        : 'steps' in each && 'steps' in before
          ? [before.steps, each.steps]
          : [0, 1];
    if (earlier < later) continue;
    context.addIssue({
      code: 'custom',
      path: pathOf(i),
      message: `each time must come after the one before it, received ${later} after ${earlier}`,
    });
  }
}

/** Batch norm settings with a network's own defaults: running = momentum·running + (1 − momentum)·batch. */
export const batchNorm = (defaults: { readonly momentum: number; readonly epsilon: number }) =>
  z
    .strictObject({
      momentum: belowOne.default(defaults.momentum),
      epsilon: magnitude.default(defaults.epsilon),
    })
    .default(defaults);

/** PyTorch's default: a momentum of 0.1 in its counting. */
export const torchBatchNorm = { momentum: 0.9, epsilon: 1e-5 } as const;

/** Keras's default. */
export const kerasBatchNorm = { momentum: 0.99, epsilon: 1e-3 } as const;

/** Where a key of older configs went. */
export interface RenamedKey {
  /** The path it has now, from the same place: `groups`, `spatial.heads`. */
  readonly to: string;
  /** The value as it is written now; undefined: it said what goes without saying. The same value by default. */
  readonly value?: (old: unknown) => unknown;
}

/** By the key as it was. A key may keep its name and change its values alone. */
export type RenamedKeys = Readonly<Record<string, RenamedKey>>;

const renames = new WeakMap<object, RenamedKeys>();

/** An object's schema that remembers what keys were called before, so that older configs go on to load. */
export function renamed<S extends z.core.$ZodType>(schema: S, keys: RenamedKeys): S {
  renames.set(schema, keys);
  return schema;
}

/** The keys that were called otherwise before. */
export function renamedKeysOf(schema: z.core.$ZodType): RenamedKeys {
  return renames.get(schema) ?? {};
}
