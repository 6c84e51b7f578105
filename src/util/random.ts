/**
 * Counter-based random numbers: every draw is a pure function of a key and an index, so the same
 * numbers come out at any thread count, in any order, and after a resume.
 *
 * The mixing function is Chris Wellons' `lowbias32` (public domain), chosen because it needs only
 * 32-bit integer operations and so is bit-identical in JavaScript and in WebAssembly.
 */

/** Mixes 32 bits; a bijection with low bias. */
export function mix32(value: number): number {
  let h = value | 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  h ^= h >>> 16;
  return h | 0;
}

/** Hash of a name, so that streams may be keyed by words (`init`, `augment`, a layer's name). */
export function hashString(text: string): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) h = mix32(Math.imul(h ^ text.charCodeAt(i), 0x01000193));
  return h;
}

/** Combines parts into one 32-bit key; the order of the parts matters. */
export function makeKey(...parts: readonly (number | string)[]): number {
  let key = 0x9e3779b9 | 0;
  for (const part of parts) {
    if (typeof part === 'string') {
      key = mix32(Math.imul(key, 31) ^ hashString(part));
    } else {
      // Both halves of the safe integer range count, so that seeds above 2^32 differ too.
      key = mix32(Math.imul(key, 31) ^ (part | 0));
      const high = Math.floor(part / 4294967296);
      if (high !== 0 && high !== -1) key = mix32(key ^ high);
    }
  }
  return key;
}

/** The key of all that is drawn for a train step as a whole, step 0 the first: dropout, how the batch is mixed. */
export function stepKey(seed: number, step: number): number {
  return makeKey(seed, 'step', step);
}

/** The 32 random bits at `index` of the stream `key`, as a signed integer. */
export function bitsAt(key: number, index: number): number {
  return mix32(mix32(key + Math.imul(index, 0x9e3779b9)) ^ key);
}

/** Uniform in [0, 1) with 24 bits, exactly representable as a float32. */
export function uniformAt(key: number, index: number): number {
  return (bitsAt(key, index) >>> 8) / 16777216;
}

/** Standard normal by Box and Muller, from draws `2·index` and `2·index + 1`. */
export function normalAt(key: number, index: number): number {
  const u = 1 - uniformAt(key, 2 * index);
  const v = uniformAt(key, 2 * index + 1);
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

/** A cursor over one stream, for code that draws a varying number of values. */
export class RandomStream {
  readonly #key: number;
  #index = 0;

  constructor(...key: readonly (number | string)[]) {
    this.#key = makeKey(...key);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return uniformAt(this.#key, this.#index++);
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform integer in [0, count). */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal. */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** A permutation of 0 … count − 1 (Fisher and Yates) that is a function of the key alone. */
export function permutation(count: number, ...key: readonly (number | string)[]): Uint32Array {
  const stream = makeKey(...key);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    // 32 bits scaled to i + 1: the bias is below 2^-32 · count, far under what any test could see.
    const j = Math.floor(((bitsAt(stream, i) >>> 0) / 4294967296) * (i + 1));
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}
