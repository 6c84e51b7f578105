import { expect, it } from 'vitest';
import { sizeStages } from './progressive.js';

const progressive = [
  { size: 16, until: { steps: 3 } },
  { size: 24, until: { epochs: 2 } },
];
const untils = (accumulate: number): number[] =>
  sizeStages({ progressive, accumulate }, 5).map(({ until }) => until);

it('counts batches, of which a step may have several', () => {
  expect(untils(1)).toEqual([3, 10]);
  // Epochs of 5 batches: steps of 2, 2 and 1, or of 4 and 1.
  expect(untils(2)).toEqual([5, 10]);
  expect(untils(4)).toEqual([5 + 4, 10]);
  expect(sizeStages({ progressive: null, accumulate: 1 }, 5)).toEqual([]);
});
