import { expect, it } from 'vitest';
import { convolutionCost, elements, NO_COST, sumCosts } from './cost.js';

it('adds costs up, what is missing as nothing', () => {
  const cost = { parameters: 1, nonTrainable: 2, macs: 3, macsElementwise: 4, innerActivations: 5 };
  expect(sumCosts([])).toEqual(NO_COST);
  expect(sumCosts([cost, { macs: 10 }, cost])).toEqual({
    parameters: 2,
    nonTrainable: 4,
    macs: 16,
    macsElementwise: 8,
    innerActivations: 10,
  });
  expect(NO_COST.macs).toBe(0);
});

it('counts the values of one image, whatever the batch', () => {
  expect([elements([null, 4, 5, 6]), elements([32, 4, 5, 6]), elements([null, 7])]).toEqual([120, 120, 7]);
});

it('counts a convolution by its output', () => {
  expect(convolutionCost(20, 9, 3, 8, false)).toEqual({ parameters: 216, macs: 4320, macsElementwise: 0 });
  expect(convolutionCost(20, 9, 3, 8, true)).toEqual({ parameters: 224, macs: 4320, macsElementwise: 160 });
});
