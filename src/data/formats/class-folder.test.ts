import { join, sep } from 'node:path';
import { expect, it } from 'vitest';
import { isAbove } from './class-folder.js';

it('a folder is above what is in it, at any depth, and not above itself or what is called alike', () => {
  const folder = join(sep, 'data', 'cat');
  expect(isAbove(folder, join(folder, 'a.png'))).toBe(true);
  expect(isAbove(folder, join(folder, 'more', 'a.png'))).toBe(true);
  expect(isAbove(sep, folder)).toBe(true);
  expect(isAbove(folder, folder)).toBe(false);
  expect(isAbove(sep, sep)).toBe(false);
  expect(isAbove(folder, `${folder}s`)).toBe(false);
  expect(isAbove(folder, join(sep, 'data'))).toBe(false);
});
