import fc from 'fast-check';
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

it('crosses no line through another point', () => {
  const points = [
    { x: 20, y: 100, text: 'a name' },
    { x: 40, y: 100, top: 20, bottom: 180, text: 'b' },
  ];
  const [first] = placeLabels(points, 300, 200);
  // To the left the frame cuts it off, and to the right the line stands, at every height that is near.
  expect(Math.abs(first.dx) > 9 || Math.abs(first.dy) > 80 - 13).toBe(true);
});

it('stays off what the chart draws otherwise', () => {
  const level = { left: 20, right: 300, top: 99, bottom: 101 };
  const [name] = placeLabels([{ x: 20, y: 100, text: 'a name' }], 300, 200, [level]);
  expect(name).toEqual({ side: 'left', dx: 9, dy: -13 });
});

it('covers no name by another where thirteen have the room of a wide chart', () => {
  const at = fc.tuple(fc.integer({ min: 26, max: 574 }), fc.integer({ min: 16, max: 304 }));
  fc.assert(
    fc.property(fc.array(at, { minLength: 13, maxLength: 13 }), (points) => {
      const named = points.map(([x, y], i) => ({
        x,
        y,
        text: i % 2 ? 'control-se-minus-7-8' : 'exp3-linear',
      }));
      const boxes = placeLabels(named, 600, 320).map(({ side, dx, dy }, i) => {
        const { x, y, text } = named[i];
        const left = side === 'left' ? x + dx : x + dx - 6 * text.length;
        return { left, right: left + 6 * text.length, middle: y + dy };
      });
      const covered = boxes.some((a, i) =>
        boxes.some(
          (b, j) => i < j && a.left < b.right && b.left < a.right && Math.abs(a.middle - b.middle) < 13,
        ),
      );
      expect(covered).toBe(false);
    }),
    { seed: 7, numRuns: 100 },
  );
});
