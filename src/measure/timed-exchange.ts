import { performance } from 'node:perf_hooks';
import type { Exchange } from '../train/workers/exchange.js';

/** An exchange that looks at the clock: how long what all have takes to become one. */
export class TimedExchange implements Exchange {
  readonly rank: number;
  readonly of: number;
  #sumMs = 0;

  constructor(private readonly below: Exchange) {
    this.rank = below.rank;
    this.of = below.of;
  }

  /** Milliseconds of all means since this was asked last. */
  takeSumMs(): number {
    const ms = this.#sumMs;
    this.#sumMs = 0;
    return ms;
  }

  async mean(values: Float32Array, weight: number): Promise<void> {
    const started = performance.now();
    await this.below.mean(values, weight);
    this.#sumMs += performance.now() - started;
  }

  async memory(length: number): Promise<Float32Array> {
    return (await this.below.memory?.(length)) ?? new Float32Array(length);
  }

  gather<T>(value: T): Promise<readonly T[]> {
    return this.below.gather(value);
  }
}
