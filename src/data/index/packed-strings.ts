/**
 * A million strings in two arrays: their UTF-8 bytes one after the other, and where each ends. As strings of JavaScript
 * they would take several times the room, and the garbage collector would walk over them.
 */
export class PackedStrings {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  readonly #text: Buffer;

  constructor(bytes: Uint8Array, ends: Uint32Array) {
    this.bytes = bytes;
    this.ends = ends;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get count(): number {
    return this.ends.length;
  }

  at(index: number): string {
    return this.#text.toString('utf8', index === 0 ? 0 : this.ends[index - 1]!, this.ends[index]);
  }
}

/** Takes strings one at a time; what it holds grows with their bytes alone. */
export class StringPacker {
  #bytes = Buffer.alloc(1024);
  #ends = new Uint32Array(64);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @throws RangeError beyond 4 GiB of text: `ends` are 32 bits. */
  add(text: string): void {
    const start = this.#count === 0 ? 0 : this.#ends[this.#count - 1]!;
    const needed = start + 3 * text.length;
    if (needed > 0xffff_ffff) throw new RangeError('more than 4 GiB of names');
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(2 * this.#ends.length);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = start + this.#bytes.write(text, start);
  }

  /** What was added, in no more room than it takes. */
  packed(): PackedStrings {
    const ends = this.#ends.slice(0, this.#count);
    return new PackedStrings(Uint8Array.from(this.#bytes.subarray(0, ends.at(-1) ?? 0)), ends);
  }
}

/** The strings of a list. */
export function packStrings(all: Iterable<string>): PackedStrings {
  const packer = new StringPacker();
  for (const text of all) packer.add(text);
  return packer.packed();
}
