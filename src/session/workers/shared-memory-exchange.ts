import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { partOf } from '../../data/stream/share.js';
import { meanInto, type Exchange } from '../../train/workers/exchange.js';
import { createMemoryFile, mapMemoryFile, MEMORY_FILES } from './shared-memory.js';

/**
 * An exchange of workers on one host, in whose memory they share values: each adds up its own piece of them, in every
 * worker's place at once, and the lines between them carry no more than where each one is. Where that is not to be had
 * (another system, no room), `mean` goes the way of the exchange below it, with the same bits.
 */
export class SharedMemoryExchange implements Exchange {
  readonly rank: number;
  readonly of: number;
  /** The values of each worker, this one's own among them. */
  #places: readonly Float32Array[] = [];

  /** @param folder where files are memory */
  constructor(
    private readonly below: Exchange,
    private readonly folder = MEMORY_FILES,
  ) {
    this.rank = below.rank;
    this.of = below.of;
  }

  async memory(length: number): Promise<Float32Array> {
    if (this.#places[this.rank]?.length === length) return this.#places[this.rank]!;
    // A line of the cache is nobody's but one worker's.
    const stride = Math.ceil((length * Float32Array.BYTES_PER_ELEMENT) / LINE) * LINE;
    const buffer = await this.#share(stride * this.of);
    this.#places =
      buffer === undefined
        ? []
        : Array.from({ length: this.of }, (_, rank) => new Float32Array(buffer, rank * stride, length));
    return this.#places[this.rank] ?? new Float32Array(length);
  }

  async mean(values: Float32Array, weight: number): Promise<void> {
    const own = this.#places[this.rank];
    if (own === undefined || values.buffer !== own.buffer) return this.below.mean(values, weight);
    // All have put their values there.
    const weights = await this.below.gather(weight);
    const pieces = this.#places.map((place) => piece(place, this));
    const sum = pieces[0]!;
    meanInto(pieces as [Float32Array, ...Float32Array[]], weights);
    for (const other of pieces.slice(1)) other.set(sum);
    // All have added up their pieces.
    await this.below.gather(undefined);
  }

  gather<T>(value: T): Promise<readonly T[]> {
    return this.below.gather(value);
  }

  // --- internal ---

  /** Memory that all have, or undefined, at all of them, where one has not. */
  async #share(bytes: number): Promise<ArrayBuffer | undefined> {
    const path = join(this.folder, `involve-${randomBytes(12).toString('hex')}`);
    const isMade = this.rank === 0 && attempt(() => createMemoryFile(path, bytes)) !== undefined;
    const [made] = await this.below.gather(isMade ? path : undefined);
    if (made === undefined) return undefined;
    const buffer = await mapMemoryFile(made, bytes).catch(() => undefined);
    const all = await this.below.gather(buffer !== undefined);
    // Whoever has it keeps it; nobody else finds it, and nothing of it is left behind.
    if (this.rank === 0) attempt(() => unlinkSync(made));
    return all.every((each) => each) ? buffer : undefined;
  }
}

// --- internal ---

const LINE = 64;

function piece(values: Float32Array, share: { readonly rank: number; readonly of: number }): Float32Array {
  const { from, to } = partOf(values.length, share);
  return values.subarray(from, to);
}

/** @returns undefined where the system says no */
function attempt(work: () => void): true | undefined {
  try {
    work();
    return true;
  } catch {
    return undefined;
  }
}
