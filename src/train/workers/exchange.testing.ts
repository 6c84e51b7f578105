import { expect } from 'vitest';
import { RandomStream } from '../../util/random.js';
import { meanInto, type Exchange } from './exchange.js';

/** Exchanges of workers that live in one process, as if each were one of its own. */
export function exchangesInMemory(of: number): readonly Exchange[] {
  const meeting = new Meeting(of);
  return Array.from({ length: of }, (_, rank): Exchange => ({
    rank,
    of,
    async mean(values, weight) {
      const all = await meeting.bring(rank, { values: values.slice(), weight });
      const [first, ...others] = all.map((each) => each.values);
      const mean = first!.slice();
      meanInto(
        [mean, ...others],
        all.map((each) => each.weight),
      );
      values.set(mean);
    },
    gather: (value) => meeting.bring(rank, value),
  }));
}

/** That workers who exchange numbers end with all the bits of those in memory, and all with the same, for each length. */
export async function expectBitsOfMemory(
  all: readonly Exchange[],
  lengths: readonly number[],
): Promise<void> {
  const inMemory = exchangesInMemory(all.length);
  for (const length of lengths) {
    const run = (each: readonly Exchange[]): Promise<string[]> =>
      Promise.all(
        each.map(async (exchange, rank) => {
          const stream = new RandomStream('values', rank);
          const mine = Float32Array.from({ length }, () => stream.normal());
          await exchange.mean(mine, rank + 1);
          return Buffer.from(mine.buffer).toString('base64');
        }),
      );
    const found = await run(all);
    expect(found).toEqual(await run(inMemory));
    expect(new Set(found).size).toBe(1);
  }
}

/** Where each waits until all are there. */
class Meeting {
  #brought: unknown[] = [];
  #waiting: ((all: unknown[]) => void)[] = [];

  constructor(private readonly of: number) {}

  bring<T>(rank: number, value: T): Promise<readonly T[]> {
    return new Promise((resolve) => {
      this.#brought[rank] = value;
      this.#waiting.push(resolve as (all: unknown[]) => void);
      if (this.#waiting.length < this.of) return;
      const [brought, waiting] = [this.#brought, this.#waiting];
      [this.#brought, this.#waiting] = [[], []];
      for (const wake of waiting) wake(brought);
    });
  }
}
