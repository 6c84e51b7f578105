import { expect, it } from 'vitest';
import { pathText, shownKey } from './located.js';

it('a path is written as --set takes it', () => {
  expect(pathText(['train', 'schedule', 'at', 0, 'epochs'])).toBe('train.schedule.at[0].epochs');
  expect(pathText([2, 'name'])).toBe('[2].name');
  expect(pathText([])).toBe('');
});

it('a key is cut short from sixty-one characters on', () => {
  const longest = 'k'.repeat(60);
  expect(shownKey(longest)).toBe(longest);
  expect(shownKey(`${longest}k`)).toBe(`${'k'.repeat(57)}…`);
});

it('a key has nothing in it that a terminal would obey', () => {
  expect(shownKey('a\u001b[2Jb\n\u202e\u2028é')).toBe('a\\u001b[2Jb\\u000a\\u202e\\u2028é');
});
