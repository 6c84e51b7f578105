import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  batchNorm,
  count,
  duration,
  fraction,
  kerasBatchNorm,
  odd,
  positive,
  renamed,
  renamedKeysOf,
  torchBatchNorm,
} from './schema-parts.js';

const accepted = (schema: z.ZodType, ...values: unknown[]): boolean[] =>
  values.map((value) => schema.safeParse(value).success);

it('numbers have their bounds', () => {
  expect(accepted(positive, -1, 0, 1e-9, 1)).toEqual([false, false, true, true]);
  expect(accepted(count, 0, 1, 1.5, 2)).toEqual([false, true, false, true]);
  expect(accepted(fraction, -0.1, 0, 1, 1.1)).toEqual([false, true, true, false]);
  expect(accepted(odd, -1, 0, 1, 2, 3)).toEqual([false, false, true, false, true]);
  expect(odd.safeParse(4).error?.issues[0].message).toBe('must be odd, received 4');
});

it('a duration is of epochs or of steps, and not of both', () => {
  expect(accepted(duration, { epochs: 0.5 }, { steps: 3 })).toEqual([true, true]);
  expect(
    accepted(duration, {}, { epochs: 0 }, { steps: 0 }, { steps: 1.5 }, { epochs: 1, steps: 1 }),
  ).toEqual(Array(5).fill(false));
});

it('batch norm has the defaults of its network, key by key', () => {
  expect(batchNorm(torchBatchNorm).parse(undefined)).toEqual({ momentum: 0.9, epsilon: 1e-5 });
  expect(batchNorm(kerasBatchNorm).parse({ momentum: 0.5 })).toEqual({ momentum: 0.5, epsilon: 1e-3 });
  expect(batchNorm(kerasBatchNorm).parse({ epsilon: 1 })).toEqual({ momentum: 0.99, epsilon: 1 });
  expect(accepted(batchNorm(torchBatchNorm), { momentum: 2 }, { epsilon: 0 }, { x: 1 })).toEqual(
    Array(3).fill(false),
  );
});

it('a schema remembers what its keys were called', () => {
  const schema = z.strictObject({ groups: count });
  expect(renamedKeysOf(schema)).toEqual({});
  const keys = { heads: { to: 'groups' } };
  expect(renamed(schema, keys)).toBe(schema);
  expect(renamedKeysOf(schema)).toBe(keys);
});
