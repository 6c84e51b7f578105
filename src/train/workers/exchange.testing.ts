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
