import { expect, it } from 'vitest';
import { z } from 'zod';
import { otherwiseWritten } from './otherwise-written.js';

const choice = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('adam'), beta1: z.number() }),
  z.strictObject({ name: z.literal('sgd') }),
]);
const decay = z.strictObject({ decay: z.number().max(1), warmUp: z.boolean().default(false) });

it.each<[string, z.ZodType, unknown, string | undefined]>([
  ['a number for a text', z.string(), 10, 'write it in quotes: "10"'],
  ['keys for a text', z.string(), { a: 1 }, undefined],
  ['a key without a blank', z.string(), { 'name:x': null }, 'YAML wants a space after the colon: name: x'],
  ['a number for a list', z.array(z.number()), 3, 'write a list: [3]'],
  ['a word for a list', z.array(z.string()), 'stage-1.x', 'write a list: [stage-1.x]'],
  ['a sentence for a list', z.array(z.string()), 'one two', undefined],
  ['something before a word for a list', z.array(z.string()), ' word', undefined],
  ['something after a word for a list', z.array(z.string()), 'word]', undefined],
  ['a truth for a list', z.array(z.string()), true, undefined],
  ['keys for a list', z.array(z.string()), { a: 1 }, undefined],
  ['a list for a list', z.array(z.string()), ['a'], undefined],
  ['nothing for keys', decay, null, 'a key without a value is null: write its keys below it, or remove it'],
  [
    'nothing for a choice',
    choice,
    null,
    'a key without a value is null: write its keys below it, or remove it',
  ],
  ['nothing for a number', z.number(), null, undefined],
  ['a number for what can be off', decay.nullable(), 0.5, 'write its keys, such as { decay: 0.5 }'],
  ['a number that its first key does not take', decay.nullable(), 2, undefined],
  ['a number for what cannot be off', decay, 0.5, undefined],
  ['a word of a choice', choice, 'sgd', 'write { name: sgd }'],
  ['a word near one', choice, 'adm', 'write { name: adam }'],
  ['a word like none', choice, 'quicksilver', undefined],
  ['a number in quotes', z.number(), '10', 'write it without quotes: 10'],
  ['a number with parts', z.number(), "1_000'000", 'write 1000000'],
  ['a number with parts that is too large', z.number().max(10), '1_000', undefined],
  ['a decimal comma', z.number(), '1,5', 'write a decimal point: 1.5'],
  ['a decimal comma in the place of a whole number', z.int(), '1,5', undefined],
  ['a comma that may be either', z.number(), '1,500', 'write 1500, or a decimal point: 1.500'],
  ['a comma behind nothing', z.number(), '0,500', 'write a decimal point: 0.500'],
  ['a comma between thousands', z.int(), '1,500', 'write 1500'],
  [
    'a decimal comma beside other forms',
    z.union([z.number(), decay]),
    '-0,5e-3',
    'write a decimal point: -0.5e-3',
  ],
  ['a number in quotes that does not fit', z.number().positive(), '-3', undefined],
  ['a number of another notation', z.number(), '0b11', undefined],
  ['a number in quotes with an exponent', z.number(), ' 1e-3 ', 'write it without quotes: 1e-3'],
  ['no number', z.number(), '1 000 images', undefined],
  ['no number, and no digit first', z.number(), ',5', undefined],
  ['blanks', z.number(), '  ', undefined],
  ['yes', z.boolean(), 'Yes', 'write true'],
  ['on, and more', z.boolean(), 'only', undefined],
  ['off', z.boolean(), 'off', 'write false'],
  ['no, and more', z.boolean(), 'nothing', undefined],
  ['0, and more', z.boolean(), '10 of 0', undefined],
])('%s', (_, schema, value, hint) => {
  expect(otherwiseWritten(schema, value)).toBe(hint);
});
