import { describe, expect, it } from 'vitest';
import { shortPaths, slug, uniqueNames, valueText } from './variant-name.js';

describe('shortPaths', () => {
  it('takes as many words from the end as tell a path from the others', () => {
    expect(shortPaths([['model', 'alpha']])).toEqual(['alpha']);
    expect(
      shortPaths([
        ['model', 'alpha'],
        ['train', 'alpha'],
      ]),
    ).toEqual(['model-alpha', 'train-alpha']);
    expect(
      shortPaths([
        ['a', 'x', 'rate'],
        ['b', 'x', 'rate'],
        ['c', 'y', 'rate'],
        ['b', 'z'],
      ]),
    ).toEqual(['a-x-rate', 'b-x-rate', 'y-rate', 'z']);
    expect(shortPaths([['name']])).toEqual(['name']);
  });

  it('names an index with its list', () => {
    expect(
      shortPaths([
        ['model', 'blocks', 0],
        ['model', 'blocks', 1],
      ]),
    ).toEqual(['blocks-0', 'blocks-1']);
    expect(shortPaths([['blocks', 0]])).toEqual(['blocks-0']);
  });
});

it('valueText writes values in few letters', () => {
  expect([null, undefined, '', [], 0, false, 'adamw', 0.5].map(valueText)).toEqual([
    ...['none', 'none', 'none', 'none', '0', 'false', 'adamw', '0.5'],
  ]);
  expect([[7, 8], [[1], []], { type: 'x', groups: 2 }, {}].map(valueText)).toEqual([
    ...['7-8', '1-none', 'x-2', 'none'],
  ]);
});

describe('slug', () => {
  it('keeps what every disk can hold', () => {
    expect(slug('alpha-0.5_b')).toBe('alpha-0.5_b');
    expect(slug('a b/c\\d:e')).toBe('a-b-c-d-e');
    expect(slug('a  b / c')).toBe('a-b-c');
    expect(slug('../../x')).toBe('x');
    expect(slug('-.-a')).toBe('a');
  });

  it('has a name for what has no letters, another for another', () => {
    expect(slug('äö')).toMatch(/^x[0-9a-f]{8}$/);
    expect(slug('äö')).not.toBe(slug('öä'));
    expect(slug('äö')).toBe(slug('äö'));
  });

  it('cuts long names, so that they stay apart', () => {
    const long = 'a'.repeat(101);
    expect(slug(long.slice(1))).toBe(long.slice(1));
    expect(slug(long)).toMatch(/^a{91}-[0-9a-f]{8}$/);
    expect(slug(`${long}b`)).not.toBe(slug(`${long}c`));
  });
});

describe('uniqueNames', () => {
  it('leaves the first of equal names as it is, letters of any size being equal', () => {
    const [first, second, third, other] = uniqueNames(['a', 'A', 'a', 'b'], ['1', '2', '3', '4']);
    expect([first, other]).toEqual(['a', 'b']);
    expect(second).toMatch(/^A-[0-9a-f]{8}$/);
    expect(third).toMatch(/^a-[0-9a-f]{8}$/);
  });

  it('tells the others apart by what they stand for alone', () => {
    const before = uniqueNames(['a', 'a'], ['1', '2']);
    expect(uniqueNames(['a', 'a', 'a'], ['1', '9', '2'])[2]).toBe(before[1]);
  });
});
