import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { expectSameAsCpu, openTestBackend, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const SHAPES = [
  [5, 7],
  [1, 9],
  [3, 4, 5],
  [4, 1, 6],
  [2, 5, 3, 6],
  [3, 1, 4, 8],
  [2, 3, 4, 5, 3],
];

function permutations(rank: number): number[][] {
  if (rank === 0) return [[]];
  return permutations(rank - 1).flatMap((perm) =>
    Array.from({ length: rank }, (_, i) => perm.toSpliced(i, 0, rank - 1)),
  );
}

for (const shape of SHAPES) {
  it(`transposes [${shape.join(', ')}] in every way`, () => {
    const all = permutations(shape.length);
    expect(all.length).toBeGreaterThan(1);
    for (const perm of all)
      expectSameAsCpu(backend, 'Transpose', { x: uniform(shape) }, { perm }, { tolerance: 0 });
  });
}

it.each([
  [[200, 130], [1, 0]], // prettier-ignore
  [[4, 32, 32, 8, 8], [0, 2, 3, 1, 4]], // prettier-ignore
  [[2, 32, 16, 40], [0, 3, 1, 2]], // prettier-ignore
  [[2, 12, 100, 9], [0, 2, 3, 1]], // prettier-ignore
  [[2, 2, 2, 2, 3, 2], [5, 0, 2, 1, 4, 3]], // prettier-ignore
])('transposes [%s] to [%s]', (shape, perm) => {
  expectSameAsCpu(backend, 'Transpose', { x: uniform(shape) }, { perm }, { tolerance: 0 });
});

it.each([
  [[300, 100, 2, 3], [0, 1, 3, 2]], // prettier-ignore
  [[300, 40, 2, 3, 4], [0, 1, 3, 2, 4]], // prettier-ignore
])('transposes [%s] to [%s] without a table as long as the tensor', (shape, perm) => {
  const lengths: number[] = [];
  const withNumbers = vi.spyOn(backend, 'withNumbers');
  expectSameAsCpu(backend, 'Transpose', { x: uniform(shape) }, { perm }, { tolerance: 0 });
  for (const [values] of withNumbers.mock.calls) lengths.push(values.length);
  withNumbers.mockRestore();
  const size = shape.reduce((product, length) => product * length, 1);
  expect(Math.max(0, ...lengths)).toBeLessThan(size / 20);
});
