import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exchangesInMemory } from '../../train/workers/exchange.testing.js';
import { RandomStream } from '../../util/random.js';
import { SharedMemoryExchange } from './shared-memory-exchange.js';
import { MEMORY_FILES } from './shared-memory.js';

const folder = mkdtempSync(join(tmpdir(), 'involve-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

const valuesOf = (rank: number, length: number): Float32Array => {
  const stream = new RandomStream('values', rank);
  return Float32Array.from({ length }, () => stream.normal());
};

/** What each of them ends with, after two means. */
async function meansOf(
  of: number,
  length: number,
  weights: readonly number[],
  where: string,
): Promise<string[]> {
  const all = exchangesInMemory(of).map((below) => new SharedMemoryExchange(below, where));
  return Promise.all(
    all.map(async (exchange, rank) => {
      const values = await exchange.memory(length);
      const found = [];
      for (const turn of [1, 2]) {
        values.set(valuesOf(turn * rank, length));
        await exchange.mean(values, weights[rank]!);
        found.push(Buffer.from(values.slice().buffer).toString('base64'));
      }
      return found.join();
    }),
  );
}

describe('SharedMemoryExchange', () => {
  it.each([
    [2, 1, [3, 5]],
    [2, 50_001, [3, 5]],
    [3, 20_000, [1, 0, 2]],
    [4, 7, [1, 1, 1, 1]],
  ])(
    '%i workers with %i values have the bits of those without it, and leave no file',
    async (of, length, weights) => {
      const shared = await meansOf(of, length, weights, folder);
      expect(new Set(shared).size).toBe(1);
      expect(readdirSync(folder)).toEqual([]);
      // No such folder: the exchange below does it.
      expect(await meansOf(of, length, weights, join(folder, 'none'))).toEqual(shared);
    },
  );

  it.skipIf(!existsSync(MEMORY_FILES))('shares memory, where files are memory', async () => {
    const all = exchangesInMemory(2).map((below) => new SharedMemoryExchange(below));
    const [first, second] = await Promise.all(all.map((exchange) => exchange.memory(16)));
    first![3] = 1.5;
    second![3] = 2.5;
    // Each has a place of its own in the memory of both.
    expect(first!.buffer.byteLength).toBe(128);
    expect([first!.byteOffset, second!.byteOffset]).toEqual([0, 64]);
    expect(new Float32Array(second!.buffer)[3]).toBe(1.5);
    expect(new Float32Array(first!.buffer)[16 + 3]).toBe(2.5);
  });

  it('takes values that lie elsewhere too', async () => {
    const all = exchangesInMemory(2).map((below) => new SharedMemoryExchange(below, folder));
    const found = await Promise.all(
      all.map(async (exchange, rank) => {
        await exchange.memory(2);
        const values = Float32Array.of(rank, 1);
        await exchange.mean(values, 1);
        return [...values];
      }),
    );
    expect(found).toEqual([
      [0.5, 1],
      [0.5, 1],
    ]);
  });
});
