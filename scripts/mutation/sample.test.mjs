import { expect, it } from 'vitest';
import { isDrawn, wilsonInterval } from './sample.mjs';

const change = (line, mutatorName = 'ConditionalExpression') => ({
  ...{ file: 'src/a.ts', mutatorName, replacement: 'true' },
  location: { start: { line, column: 3 }, end: { line, column: 9 } },
});
const drawn = (share, seed) =>
  Array.from({ length: 4000 }, (_, line) => line).filter((line) => isDrawn(change(line), { share, seed }));

it('draws the share that is asked for, the same for a seed, and within a larger share all of a smaller one', () => {
  const few = drawn(0.05, '1');
  expect(few.length).toBeGreaterThan(160);
  expect(few.length).toBeLessThan(240);
  expect(drawn(0.05, '1')).toEqual(few);
  expect(drawn(0.2, '1')).toEqual(expect.arrayContaining(few));
  expect(drawn(0.05, '2').filter((line) => few.includes(line)).length).toBeLessThan(40);
  expect(drawn(1, '1')).toHaveLength(4000);
});

it('draws two changes of one place apart', () => {
  const share = { share: 0.5, seed: '0' };
  const apart = Array.from({ length: 100 }, (_, line) => line).filter(
    (line) => isDrawn(change(line), share) !== isDrawn(change(line, 'BlockStatement'), share),
  );
  expect(apart.length).toBeGreaterThan(30);
});

it('knows Wilson’s interval', () => {
  // The formula in Python's floats.
  const rounded = (hits, count) => wilsonInterval(hits, count).map((end) => Number(end.toFixed(4)));
  expect(rounded(8, 10)).toEqual([0.4902, 0.9433]);
  expect(rounded(22, 22)).toEqual([0.8513, 1]);
  expect(rounded(0, 5)).toEqual([0, 0.4345]);
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
});
