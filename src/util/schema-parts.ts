import { z } from 'zod';

/** Values that several parts of the schema are made of. */

export const positive = z.number().positive();
export const count = z.int().positive();
export const fraction = z.number().min(0).max(1);

/** A message of our own for a check, which names the value. */
export const saying = (rule: string) => ({
  error: (issue: { readonly input?: unknown }) => `${rule}, received ${JSON.stringify(issue.input)}`,
});
export const odd = count.refine((k) => k % 2 === 1, saying('must be odd'));

/** A duration: exactly one of `{ epochs: n }` and `{ steps: n }`. */
export const duration = z.union([z.strictObject({ epochs: positive }), z.strictObject({ steps: count })]);
export type Duration = z.infer<typeof duration>;

/** Batch norm settings with a network's own defaults: running = momentum·running + (1 − momentum)·batch. */
export const batchNorm = (defaults: { readonly momentum: number; readonly epsilon: number }) =>
  z
    .strictObject({
      momentum: fraction.default(defaults.momentum),
      epsilon: positive.default(defaults.epsilon),
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
