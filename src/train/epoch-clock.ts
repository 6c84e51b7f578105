import { performance } from 'node:perf_hooks';

/** Timings of the part of an epoch that ran in this process. */
export class EpochClock {
  readonly #started = performance.now();
  #images = 0;
  #steps = 0;
  #stepMs = 0;
  #dataMs = 0;

  count(images: number, stepMs: number, dataMs: number): void {
    this.#images += images;
    this.#steps += 1;
    this.#stepMs += stepMs;
    this.#dataMs += dataMs;
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
