import { performance } from 'node:perf_hooks';

/** Timings of the part of an epoch that ran in this process. */
export class EpochClock {
  readonly #started = performance.now();
  #images = 0;
  #steps = 0;
  #stepMs = 0;
  #dataMs = 0;

  /**
   * A step is done, in so much time, some of it spent on waiting for its batches.
   * @param images of all workers; those of the batches where there is one alone
   */
  count(
    batches: readonly { readonly count: number; readonly waitedMs: number }[],
    ms: number,
    images = batches.reduce((sum, { count }) => sum + count, 0),
  ): void {
    const waited = batches.reduce((sum, { waitedMs }) => sum + waitedMs, 0);
    this.#images += images;
    this.#dataMs += waited;
    this.#steps += 1;
    this.#stepMs += ms - waited;
  }

  get imagesPerSecond(): number {
    return this.#steps === 0 ? 0 : (1000 * this.#images) / (this.#stepMs + this.#dataMs);
  }
  get meanStepMs(): number {
    return this.#steps === 0 ? 0 : this.#stepMs / this.#steps;
  }
  get meanDataMs(): number {
    return this.#steps === 0 ? 0 : this.#dataMs / this.#steps;
  }
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }
}
