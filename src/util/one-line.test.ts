import { expect, it } from 'vitest';
import { csvName, oneLine, steadyLines } from './one-line.js';

it('keeps a name on its line, and out of the hands of a terminal', () => {
  expect(oneLine('street')).toBe('street');
  expect(oneLine('élan – 山')).toBe('élan – 山');
  expect(oneLine('a\nb\tc\rd')).toBe('a\\nb\\tc\\rd');
  expect(oneLine('\u001b[2Jgone\u009b')).toBe('\\u{1b}[2Jgone\\u{9b}');
  expect(oneLine('a\u2028b\u202egpj')).toBe('a\\u{2028}b\\u{202e}gpj');
});

it('leaves to XML no character that it forbids', () => {
  expect(oneLine('a\ufffeb\uffff')).toBe('a\\u{fffe}b\\u{ffff}');
});

it('keeps the breaks of lines, and takes from them what steers a terminal', () => {
  expect(steadyLines('a\n\tb – 山\n')).toBe('a\n\tb – 山\n');
  expect(steadyLines('a\u001b[31m\rb\u009b\u202e')).toBe('a\\u001b[31m\\u000db\\u009b\\u202e');
});

it('leaves JSON what it says', () => {
  const names = ['\u001b[31m', 'a\nb', '\u009b\u2028\u202e\u2066\uffff', '\\u001b'];
  for (const space of [0, 2]) {
    const json = steadyLines(JSON.stringify({ names }, null, space));
    expect(json).toMatch(/^[\n\u0020-\u007e]*$/);
    expect(JSON.parse(json)).toEqual({ names });
  }
});

it('is no formula to a spreadsheet', () => {
  expect(csvName("=cmd|' /C calc'!A0")).toBe("'=cmd|' /C calc'!A0");
  for (const sign of ['=', '+', '-', '@', '＝', ' =']) expect(csvName(`${sign}1`)).toMatch(/^'/);
  expect(csvName('a=b')).toBe('a=b');
});
