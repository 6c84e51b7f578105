import { z } from 'zod';
import { numberOrNull, open } from './parts.js';

/** What was measured, by the keys that `keyOf` makes of names: `trainLoss`, `valTop1`. */
export interface Measured {
  readonly [key: `train${string}`]: number | null;
  readonly [key: `val${string}`]: number | null;
}

/** An object with these keys and whatever a task measures beside them, flat and in the order in which it was written. */
export function measured<Shape extends z.ZodRawShape>(shape: Shape) {
  const object = open(shape);
  return z.unknown().transform((input, context) => {
    const result = object.safeParse(input);
    if (!result.success) {
      for (const { path, message } of result.error.issues)
        context.addIssue({ code: 'custom', path: [...path], message });
      return z.NEVER;
    }
    const values = result.data as Readonly<Record<string, unknown>>;
    const entries = Object.keys(input as object).map((key) => [key, values[key]] as const);
    return Object.fromEntries(
      entries.map(([key, value]) => {
        if (!/^(train|val)[A-Z]/.test(key)) return [key, value];
        const number = numberOrNull.safeParse(value);
        if (!number.success) context.addIssue({ code: 'custom', path: [key], message: 'expected a number' });
        return [key, number.data];
      }),
    ) as z.output<typeof object> & Measured;
  });
}
