import { expect, it } from 'vitest';
import { z } from 'zod';
import { fromOf, start } from './start-options.js';

const parsed = z.strictObject({ from: start.from });
const from = (value: unknown) => fromOf(parsed.parse({ from: value }));

it('weights mean the same, however they are written', () => {
  const plain = { weights: 'runs/a', checkpoint: 'best', head: 'auto', partial: false };
  expect(from('runs/a')).toEqual(plain);
  expect(from({ weights: 'runs/a' })).toEqual(plain);
  expect(from({ weights: 'runs/a', checkpoint: 'last', head: 'new', partial: true })).toEqual({
    ...plain,
    ...{ checkpoint: 'last', head: 'new', partial: true },
  });
});

it('without any, training starts from the seed', () => {
  expect(from(null)).toBeUndefined();
  expect(from(undefined)).toBeUndefined();
});
