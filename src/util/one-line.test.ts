import { expect, it } from 'vitest';
import { csvName, oneLine } from './one-line.js';

it('keeps a name on its line, and out of the hands of a terminal', () => {
  expect(oneLine('street')).toBe('street');
  expect(oneLine('élan – 山')).toBe('élan – 山');
  expect(oneLine('a\nb\tc\rd')).toBe('a\\nb\\tc\\rd');
  expect(oneLine('\u001b[2Jgone\u009b')).toBe('\\u{1b}[2Jgone\\u{9b}');
  expect(oneLine('a\u2028b\u202egpj')).toBe('a\\u{2028}b\\u{202e}gpj');
});

it('is no formula to a spreadsheet', () => {
  expect(csvName("=cmd|' /C calc'!A0")).toBe("'=cmd|' /C calc'!A0");
  for (const sign of ['=', '+', '-', '@', '＝', ' =']) expect(csvName(`${sign}1`)).toMatch(/^'/);
  expect(csvName('a=b')).toBe('a=b');
});
