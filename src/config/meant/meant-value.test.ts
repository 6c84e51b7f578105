import { expect, it } from 'vitest';
import { meantValue } from './meant-value.js';

it.each([
  ['GPU', ['auto', 'cuda', 'cpu'], 'cuda'],
  ['CosineAnnealingLR', ['constant', 'cosine'], 'cosine'],
  ['One_Cycle', ['one-cycle'], 'one-cycle'],
  ['gpu', ['auto'], undefined],
])('the value %s is one of %j: %s', (given, words, meant) => {
  expect(meantValue(given, words)).toBe(meant);
});
