import { expect, it } from 'vitest';
import { labelText, shownValue } from './label-text.js';

it('a label is the name or the number of a class, without what is around it', () => {
  expect([' dog ', 'two words', '7\n', 7, 0, -1, 7n, true, false].map(labelText)).toEqual([
    ...['dog', 'two words', '7', '7', '0', '-1', '7', 'true', 'false'],
  ]);
});

it('what says neither is none', () => {
  const nothing = ['', ' \t', 0.5, NaN, Infinity, null, undefined, {}, [7]];
  expect(nothing.map(labelText)).toEqual(nothing.map(() => null));
});

it('a value is shown as JSON, cut after sixty characters', () => {
  expect(shownValue({ a: [1, 'x', 12n] })).toBe('{"a":[1,"x","12"]}');
  expect(shownValue('x'.repeat(58))).toBe(`"${'x'.repeat(58)}"`);
  expect(shownValue('x'.repeat(59))).toBe(`"${'x'.repeat(59)}…`);
});
