import { describe, expect, it } from 'vitest';
import { workerColumns, type MeasuredWay } from './worker-columns.js';

const one: MeasuredWay = { workers: 1, threads: 1, msPerSample: 12, sums: [] };
const shared: MeasuredWay = { workers: 2, threads: 2, msPerSample: 4, sums: [3, 9, 5] };
const all: MeasuredWay = { workers: 1, threads: 4, msPerSample: 5, sums: [] };

describe('what several workers come to', () => {
  it('is judged for each thread by one worker with one, and by one with all', () => {
    expect(workerColumns(shared, [one, shared, all])).toEqual({
      ...{ workers: 2, threads: 2, imagesPerSecond: 250, sumMs: 5 },
      ...{ efficiencyOneThreadPercent: 75, efficiencyAllThreadsPercent: 125 },
    });
    expect(workerColumns(one, [one, shared, all])).toMatchObject({
      ...{ sumMs: null, efficiencyOneThreadPercent: 100, efficiencyAllThreadsPercent: 100 * (5 / 12) },
    });
    expect(workerColumns(all, [one, shared, all])).toMatchObject({
      ...{ efficiencyOneThreadPercent: 60, efficiencyAllThreadsPercent: 100 },
    });
  });

  it('is not judged by what has failed', () => {
    expect(workerColumns(shared, [shared])).toMatchObject({
      ...{ efficiencyOneThreadPercent: null, efficiencyAllThreadsPercent: null },
    });
    expect(workerColumns(shared, [shared, all])).toMatchObject({
      ...{ efficiencyOneThreadPercent: null, efficiencyAllThreadsPercent: 125 },
    });
  });

  it('is the same on a single core, whose one thread is all there are', () => {
    expect(workerColumns({ ...shared, threads: 1 }, [one, shared])).toMatchObject({
      ...{ efficiencyOneThreadPercent: 150, efficiencyAllThreadsPercent: 300 },
    });
  });
});
