import { readSync } from 'node:fs';
import { Header, Pax } from 'tar';

/** What a tar archive holds, in its order. */
export interface TarMember {
  readonly path: string;
  /** `other`: a link, a device or a sparse file, which has no bytes of its own or not as they are. */
  readonly kind: 'file' | 'folder' | 'other';
  /** Where its bytes begin in the archive. */
  readonly offset: number;
  readonly size: number;
}

/** An archive that cannot be read to its end; `at` is the byte at which that shows. */
export class TarDamage extends Error {
  override readonly name = 'TarDamage';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** An open archive, read from any place. A little more is read than is asked for: headers stand beside small members. */
export class TarReader {
  readonly size: number;
  readonly #file: number;
  readonly #window = Buffer.alloc(8192);
  #start = 0;
  #length = 0;

  constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Bytes from a place on, good until the next call; fewer where the archive ends. */
  bytes(start: number, length: number): Buffer {
    if (length > this.#window.length) {
      const all = Buffer.alloc(length);
      return all.subarray(0, this.#fill(all, start));
    }
    if (start < this.#start || start + length > this.#start + this.#length) {
      this.#start = start;
      this.#length = this.#fill(this.#window, start);
    }
    const from = start - this.#start;
    return this.#window.subarray(from, Math.min(from + length, this.#length));
  }

  #fill(out: Buffer, start: number): number {
    let got = 0;
    while (got < out.length) {
      const more = readSync(this.#file, out, got, out.length - got, start + got);
      if (more === 0) break;
      got += more;
    }
    return got;
  }
}

const block = 512;

/** More than this is no name and no extended header. */
const mostHeaderBytes = 1024 * 1024;

/**
 * The members of a tar archive (POSIX ustar and pax, GNU's long names), by their headers alone: nothing in between is
 * read. Ends at the archive's end mark, a block of zeros, or at the end of the file.
 * @returns whether there was an end mark
 * @throws TarDamage where the archive is cut short, or is none
 */
export function* tarMembers(reader: TarReader): Generator<TarMember, boolean> {
  let at = 0;
  let ofNext: Pax | undefined;
  let ofAll: Pax | undefined;
  let longPath: string | undefined;
  while (at < reader.size) {
    const bytes = reader.bytes(at, block);
    if (bytes.length < block) throw new TarDamage('cut short within a header', at);
    const header = new Header(bytes, 0, ofNext, ofAll);
    if (header.nullBlock) return true;
    if (!header.cksumValid)
      throw new TarDamage(at === 0 ? 'no tar archive' : 'damaged: no header where one must be', at);
    const { type } = header;
    const size = header.size ?? 0;
    const offset = at + block;
    if (offset + size > reader.size) {
      const lacking = offset + size - reader.size;
      throw new TarDamage(
        `cut short: ${lacking.toLocaleString('en-US')} bytes of ${header.path ?? 'a member'} are missing`,
        at,
      );
    }
    at = offset + Math.ceil(size / block) * block;
    if (
      ['ExtendedHeader', 'OldExtendedHeader', 'GlobalExtendedHeader', 'NextFileHasLongPath'].includes(type)
    ) {
      if (size > mostHeaderBytes) throw new TarDamage(`damaged: a header of ${size} bytes`, offset - block);
      const text = reader.bytes(offset, size).toString('utf8');
      if (type === 'GlobalExtendedHeader') ofAll = Pax.parse(text, ofAll, true);
      else if (type === 'NextFileHasLongPath') longPath = text.replace(/\0.*/s, '');
      else ofNext = Pax.parse(text, ofNext);
      continue;
    }
    if (type === 'NextFileHasLongLinkpath') continue;
    const isFile = ['File', 'OldFile', 'ContiguousFile'].includes(type);
    const kind = isFile ? 'file' : type === 'Directory' ? 'folder' : 'other';
    yield { path: (longPath ?? header.path ?? '').replace(/^(\.\/)+/, ''), kind, offset, size };
    longPath = undefined;
    ofNext = undefined;
  }
  if (at > reader.size) throw new TarDamage('cut short behind its last member', reader.size);
  return false;
}
