import type { OptionParts } from '../data-set.js';

/** Which files make each split, for sets whose files are not told apart by folders; null: by their names. */
export function splitFileKeys({ z }: OptionParts) {
  const files = z.string().nullable().default(null);
  return { train: files, validation: files, test: files };
}

/**
 * The key of the file with the names of the classes.
 * @param otherwise where they are found without it
 */
export function classesKey({ z }: OptionParts, otherwise: string) {
  return z
    .string()
    .nullable()
    .default(null)
    .describe(`File with the names of the classes, one a line; null: ${otherwise}.`);
}
