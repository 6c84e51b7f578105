import { availableParallelism } from 'node:os';

/** Work that never waits for anything gives signals and progress a turn this often. */
const turnMs = 20;

/**
 * Runs `work` for 0 … count − 1, as many at once as there are cores, and two that wait for the disk. After an error
 * nothing more is begun.
 * @throws the reason of `signal` before the next piece, once it is given
 */
export async function inParallel(
  count: number,
  work: (index: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  let turn = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      signal?.throwIfAborted();
      await work(next++);
      if (performance.now() - turn < turnMs) continue;
      await new Promise(setImmediate);
      turn = performance.now();
    }
  };
  const stopping = (error: unknown): never => {
    next = count;
    throw error;
  };
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, () => lane().catch(stopping)));
}
