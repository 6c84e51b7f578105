import { expect, it } from 'vitest';
import { placeLabels } from './place-labels.js';

const place = (...points: [x: number, y: number, text: string][]) =>
  placeLabels(
    points.map(([x, y, text]) => ({ x, y, text })),
    300,
    200,
  );

it('puts a name to the right of its point, and to the left where the frame ends', () => {
  expect(place([20, 50, 'a'], [290, 50, 'bcd'])).toEqual([
    { side: 'left', dx: 9, dy: 0 },
    { side: 'right', dx: -9, dy: 0 },
  ]);
});

it('moves a name away from another name and from another point', () => {
  // A point stands where the first name would be; both would be cut off on the left.
  expect(place([20, 50, 'a long name'], [60, 50, 'another name'])).toEqual([
    { side: 'left', dx: 9, dy: -13 },
    { side: 'left', dx: 9, dy: 0 },
  ]);
  const [first, second] = place([150, 50, 'twin'], [150, 50, 'twin']);
  expect([first.side, first.dy, second.side, second.dy]).toEqual(['left', 0, 'right', 0]);
});

it('gives a place to every name, also where none is free', () => {
  const crowd = Array.from({ length: 40 }, (): [number, number, string] => [
    150,
    100,
    'one of a crowd of names',
  ]);
  expect(place(...crowd)).toHaveLength(40);
});
