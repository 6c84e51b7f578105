import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { coresEach, ownCores } from './cores.js';

it.each([
  ['two that share a machine', [a('x', '0-7', 8), a('x', '0-7', 8)], 4],
  ['two that are bound to halves of it', [a('x', '0-3', 4), a('x', '4-7', 4)], 4],
  ['two on machines of their own', [a('x', '0-7', 8), a('y', '0-7', 8)], 8],
  ['as few as the one with the fewest', [a('x', '0-7', 8), a('y', '0-7', 8), a('y', '0-7', 8)], 4],
  ['more workers than cores', [a('x', '0', 1), a('x', '0', 1)], 0.5],
])('%s', (_, all, expected) => expect(coresEach(all)).toBe(expected));

it('are at least one here', () => {
  const { count, host } = ownCores();
  expect(count).toBe(availableParallelism());
  expect(host).not.toBe('');
});

function a(host: string, which: string, count: number) {
  return { host, which, count };
}
