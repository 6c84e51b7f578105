import { availableParallelism } from 'node:os';

/** Runs `work` for 0 … count − 1, as many at once as there are cores, and two that wait for the disk. */
export async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, lane));
}
