import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { badInput, InvolveError } from '../../util/errors.js';
import type { RemoteFile } from '../data-set.js';
import { diskProblem } from './disk-problem.js';
import { makeFolder } from '../../util/writing/make-folder.js';

export interface UnpackOptions {
  readonly format: Exclude<RemoteFile['format'], 'as-is'>;
  /** Folders to unpack, wherever they are in the archive; null: everything. */
  readonly only?: readonly string[] | null;
  /** More than this is not what was expected but an attack on the disk. */
  readonly maximumBytes: number;
  readonly onProgress?: (entries: number) => void;
}

/**
 * Unpacks an archive into an empty folder. Refuses the whole of it when a single entry would land elsewhere, is
 * a link or anything else than a file or folder, or when it is damaged.
 */
export async function unpack(file: string, dir: string, options: UnpackOptions): Promise<void> {
  try {
    await (options.format === 'zip' ? unpackZip : unpackTar)(file, dir, options);
  } catch (error) {
    if (error instanceof InvolveError) throw error;
    throw (
      diskProblem(error, dir) ??
      badInput(
        'E_ARCHIVE',
        {
          what: `the archive is damaged, cut short or no ${options.format}: ${(error as Error).message}`,
          where: file,
          try: 'fetch it again',
        },
        { cause: error },
      )
    );
  }
}

/** Decides about every entry before it is written. */
class Guard {
  #bytes = 0;
  #entries = 0;

  constructor(
    private readonly file: string,
    private readonly options: UnpackOptions,
  ) {}

  /** Whether the entry is wanted; throws where the archive is not to be trusted. */
  admit(name: string, kind: 'file' | 'folder' | 'other', bytes: number): boolean {
    const parts = name.split(/[/\\]/);
    if (/^([/\\]|[A-Za-z]:)/.test(name) || parts.includes('..') || name.includes('\0')) {
      throw this.#unsafe(`an entry leads out of the folder: ${JSON.stringify(name)}`);
    }
    if (kind === 'other') throw this.#unsafe(`an entry is neither file nor folder: ${JSON.stringify(name)}`);
    const { only, maximumBytes, onProgress } = this.options;
    if (only != null && !parts.some((part) => only.includes(part))) return false;
    this.#bytes += bytes;
    if (this.#bytes > maximumBytes) {
      throw this.#unsafe(`it unpacks to more than the ${maximumBytes} bytes that this data set can have`);
    }
    onProgress?.(++this.#entries);
    return true;
  }

  #unsafe(what: string): InvolveError {
    return badInput('E_ARCHIVE_UNSAFE', {
      what: `the archive was refused: ${what}`,
      where: this.file,
      try: 'get it from its published address; nothing was unpacked',
    });
  }
}

async function unpackTar(file: string, dir: string, options: UnpackOptions): Promise<void> {
  const tar = await import('tar');
  const guard = new Guard(file, options);
  let refusal: unknown = null;
  await tar.extract({
    file,
    cwd: dir,
    strict: true,
    noChmod: true,
    noMtime: true,
    filter: (path, entry) => {
      // The reader cannot be stopped from here: the rest is left out, and the refusal thrown at its end.
      if (refusal !== null || !('type' in entry)) return false;
      const kind = /^(Old|Contiguous)?File$/.test(entry.type)
        ? 'file'
        : entry.type === 'Directory'
          ? 'folder'
          : 'other';
      try {
        return guard.admit(path, kind, entry.size);
      } catch (error) {
        refusal = error;
        return false;
      }
    },
  });
  if (refusal !== null) throw refusal;
}

async function unpackZip(file: string, dir: string, options: UnpackOptions): Promise<void> {
  const { openPromise } = await import('yauzl');
  const guard = new Guard(file, options);
  // Names are decoded by the reader, checked by the guard.
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      // Unix mode in the upper half; links and devices have no place in a data set.
      const type = (entry.externalFileAttributes >>> 16) & 0o170000;
      const isFolder = name.endsWith('/');
      const kind =
        type !== 0 && type !== 0o100000 && type !== 0o040000 ? 'other' : isFolder ? 'folder' : 'file';
      if (!guard.admit(name, kind, entry.uncompressedSize) || isFolder) continue;
      const target = join(dir, name);
      await makeFolder(dirname(target));
      const content = await zip.openReadStreamPromise(entry);
      await pipeline(
        content,
        new ChecksumCheck(name, entry.crc32),
        createWriteStream(target, { flags: 'wx' }),
      );
    }
  } finally {
    zip.close();
  }
}

/** Fails at the end of a stream whose CRC-32 is wrong; the reader of zip files checks sizes only. */
class ChecksumCheck extends Transform {
  #crc = 0;

  constructor(
    private readonly entry: string,
    private readonly expected: number,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#crc = crc32(chunk, this.#crc);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    done(this.#crc === this.expected ? null : new Error(`wrong checksum of ${this.entry}`));
  }
}
