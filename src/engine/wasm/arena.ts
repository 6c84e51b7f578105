import { runFailed } from '../../util/errors.js';
import { largestFitting, smallerBatch } from '../footprint.js';
import type { SharedMemory } from './memory.js';

/** The stretch of memory in which programs work, one at a time; as long as the longest of them needs. */
export class Arena {
  #address = 0;
  #bytes = 0;
  readonly #programs = new Set<object>();

  constructor(private readonly memory: SharedMemory) {}

  /** Where it begins. It changes when a longer one is reserved. */
  get address(): number {
    return this.#address;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Makes it at least this long.
   * @param batch images of a batch of the program that asks, to say how many would fit
   * @throws InvolveError E_OUT_OF_MEMORY with the batch that fits
   */
  reserve(bytes: number, batch: number): void {
    if (bytes <= this.#bytes) return;
    this.#release();
    const available = this.memory.availableBytes;
    if (bytes > available) throw tooLarge(bytes, available, batch);
    this.#address = this.memory.allocate(bytes);
    this.#bytes = bytes;
  }

  /** A program that will work here. */
  add(program: object): void {
    this.#programs.add(program);
  }

  /** A program that is done with it. The last one gives the memory back, for something else to use. */
  remove(program: object): void {
    this.#programs.delete(program);
    if (this.#programs.size === 0) this.#release();
  }

  // --- internal ---

  #release(): void {
    if (this.#bytes > 0) this.memory.free(this.#address);
    this.#address = 0;
    this.#bytes = 0;
  }
}

function tooLarge(bytes: number, available: number, batch: number): Error {
  const mib = (count: number): string => `${Math.ceil(count / 1048576)} MiB`;
  return runFailed('E_OUT_OF_MEMORY', {
    what: `A step with a batch of ${batch} needs ${mib(bytes)}, and the wasm engine has ${mib(available)} left for it.`,
    try: smallerBatch(largestFitting(bytes, available, batch)),
  });
}
