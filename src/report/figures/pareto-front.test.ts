import fc from 'fast-check';
import { expect, it } from 'vitest';
import { paretoFront } from './pareto-front.js';

const point = fc.record({ cost: fc.integer({ min: 0, max: 9 }), value: fc.integer({ min: 0, max: 9 }) });

it('keeps what nothing beats, from the cheapest up', () => {
  const points = [
    { name: 'base', cost: 4, value: 0.8 },
    { name: 'dear', cost: 9, value: 0.8 },
    { name: 'best', cost: 6, value: 0.9 },
    { name: 'small', cost: 1, value: 0.7 },
    { name: 'poor', cost: 2, value: 0.6 },
  ];
  expect(paretoFront(points).map(({ name }) => name)).toEqual(['small', 'base', 'best']);
});

it('keeps equals, and is never empty', () => {
  expect(
    paretoFront([
      { cost: 1, value: 1 },
      { cost: 1, value: 1 },
    ]),
  ).toHaveLength(2);
  expect(paretoFront([])).toEqual([]);
});

it('rises with its cost, and beats or equals every point', () => {
  fc.assert(
    fc.property(fc.array(point, { minLength: 1 }), (points) => {
      const front = paretoFront(points);
      front.slice(1).forEach((next, i) => expect(next.value).toBeGreaterThanOrEqual(front[i].value));
      for (const { cost, value } of points)
        expect(front.some((other) => other.cost <= cost && other.value >= value)).toBe(true);
    }),
    { seed: 1 },
  );
});
