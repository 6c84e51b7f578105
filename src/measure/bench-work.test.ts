import { describe, expect, it } from 'vitest';
import { syntheticBatches, type SyntheticBatch } from './bench-work.js';

const target = { shape: [3], dtype: 'float32' } as const;
const joined = (batches: readonly SyntheticBatch[]): number[] => batches.flatMap(({ images }) => [...images]);

describe('images that are made up', () => {
  it.each([
    [2, 8],
    [4, 8],
    [4, 2],
    [3, 7],
  ])('are those of one worker, shared out among %i: a batch of %i', (of, count) => {
    const [whole] = syntheticBatches(5, count, 8, target, { batchSize: 8 });
    const shares = Array.from({ length: of }, (_, rank) =>
      syntheticBatches(5, count, 8, target, { batchSize: 8, share: { rank, of } }),
    );
    expect(shares.reduce((sum, [batch]) => sum + batch.count, 0)).toBe(count);
    expect(shares.flatMap(joined)).toEqual([...whole.images]);
    expect(shares.flatMap(([{ targets }]) => [...targets])).toEqual([...whole.targets]);
  });

  it('come as the batches of a step, each shared out, the last with what is left', () => {
    const all = syntheticBatches(5, 10, 8, target, { batchSize: 4 });
    expect(all.map(({ count }) => count)).toEqual([4, 4, 2]);
    expect(new Set(joined(all)).size).toBeGreaterThan(1900);
    const second = syntheticBatches(5, 10, 8, target, { batchSize: 4, share: { rank: 1, of: 2 } });
    expect(second.map(({ count }) => count)).toEqual([2, 2, 1]);
    const half = all.map(({ images }) => [...images.subarray(images.length / 2)]);
    expect(joined(second)).toEqual(half.flat());
  });
});
