import { availableParallelism } from 'node:os';

/** Work that never waits for anything gives signals and progress a turn this often. */
const turnMs = 20;

/**
 * Gives signals and progress a turn, now and then, in work that never waits for anything.
 * @returns what is to be called before each piece of it; throws the reason of `signal` once it is given
 */
export function turns(signal?: AbortSignal): () => Promise<void> {
  let turn = performance.now();
  return async () => {
    if (performance.now() - turn >= turnMs) {
      await new Promise(setImmediate);
      turn = performance.now();
    }
    signal?.throwIfAborted();
  };
}

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
  const breathe = turns(signal);
  const lane = async (): Promise<void> => {
    for (await breathe(); next < count; await breathe()) await work(next++);
  };
  const stopping = (error: unknown): never => {
    next = count;
    throw error;
  };
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, () => lane().catch(stopping)));
}
