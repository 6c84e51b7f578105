import { expect, it } from 'vitest';
import { z } from 'zod';
import { describe as describeSchema } from './describe.js';
import { sweepJsonSchema } from './json-schema.js';
import { sweepSchema } from './sweep-schema.js';

const issues = (file: object): string[] => {
  const { error } = sweepSchema.safeParse(file);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
};
const claim = (claimed: object) => ({
  base: 'a.json',
  claims: [{ says: 'it is so', config: 'a', ...claimed }],
});

it('a sweep is of a base or of configs', () => {
  expect(issues({ base: 'a.json' })).toEqual([]);
  expect(issues({ configs: ['a.json', 'b.json'] })).toEqual([]);
  expect(issues({})).toEqual([': give exactly one of base and configs; neither is given']);
  expect(issues({ base: 'a.json', configs: ['b.json'] })).toEqual([
    'configs: give exactly one of base and configs; both are given',
  ]);
  const { oneOf } = sweepJsonSchema() as { oneOf: unknown };
  expect(oneOf).toEqual([{ required: ['base'] }, { required: ['configs'] }]);
});

it('a claim compares a job to another, or to a number', () => {
  for (const fine of [
    { above: 'b' },
    { below: 'b' },
    { atLeast: 0.5 },
    { atMost: 0.5 },
    { near: 'b', within: 0.01 },
  ])
    expect(issues(claim(fine)), JSON.stringify(fine)).toEqual([]);
  expect(issues(claim({ above: 'a' }))).toEqual([
    'claims.0.above: a job cannot be compared to itself, received "a"',
  ]);
  expect(issues(claim({ below: 'a' }))).toEqual([
    'claims.0.below: a job cannot be compared to itself, received "a"',
  ]);
  expect(issues(claim({}))).toEqual([
    'claims.0: give exactly one of above, below, near, atLeast, atMost; none is given',
  ]);
  expect(issues(claim({ above: 'b', atMost: 0.5 }))).toEqual([
    'claims.0.atMost: give exactly one of above, below, near, atLeast, atMost; above, atMost are given',
  ]);
  expect(issues(claim({ near: 'b' }))).toEqual(['claims.0.near: near needs within beside it']);
  expect(issues(claim({ atLeast: 0.5, within: 0.01 }))).toEqual([
    'claims.0.within: within needs near beside it',
  ]);
  expect(issues(claim({ near: 'a', within: 0.01 }))).toEqual([
    'claims.0.near: a job cannot be compared to itself, received "a"',
  ]);
});

it.each<[z.ZodType, string]>([
  [z.string(), 'text'],
  [z.boolean(), 'true or false'],
  [z.enum(['a', 'b']), 'one of "a", "b"'],
  [z.array(z.string()), 'a list, each item text'],
  [z.array(z.unknown()), 'a list of values'],
  [z.record(z.string(), z.unknown()), 'config paths and their values'],
  [z.unknown(), 'a value'],
  [z.tuple([z.string(), z.string()]), 'a list of 2 values, each text'],
])('what is expected has words: %#', (schema, words) => {
  expect(describeSchema(schema, undefined)).toBe(words);
});
