import { z } from 'zod';
import { isCheckpointName } from '../run-paths.js';

/** A number in JSON, or one of the words that stand for numbers JSON does not know (json-text.ts). */
export const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);

/** Null where nothing was measured, or where it overflowed. */
export const numberOrNull = number.nullable();

export const count = z.int().min(0);

/** Which checkpoint a record is about. */
export const checkpointName = z.string().refine(isCheckpointName);

/** An object whose other keys are kept as they are, since a later program may write more; the type has these alone. */
export function open<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape) as unknown as z.ZodObject<Shape>;
}
