import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Entry, ZipFile } from 'yauzl';
import { InvolveError, runFailed } from '../../../util/errors.js';
import { makeFolder } from '../../../util/writing/make-folder.js';
import { explainWriteError } from '../../../util/system-error.js';

/** A file of a wheel and what its RECORD promises: SHA-256 in URL-safe base64, and bytes. */
interface Recorded {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * A wheel: a zip file whose RECORD names the SHA-256 of every file (PEP 427, PEP 376). Only what is asked for is
 * unpacked, and every file is checked on its way.
 */
export class Wheel {
  private constructor(
    private readonly path: string,
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
    private readonly record: ReadonlyMap<string, Recorded>,
  ) {}

  /** @throws InvolveError (exit code 1) where the file is damaged or cut short */
  static async open(path: string): Promise<Wheel> {
    const { openPromise } = await import('yauzl');
    let zip: ZipFile | undefined;
    try {
      zip = await openPromise(path, { lazyEntries: true, autoClose: false });
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
      const record = parseRecord(await text(zip, entries, /^[^/]+\.dist-info\/RECORD$/));
      return new Wheel(path, zip, entries, record);
    } catch (error) {
      zip?.close();
      throw damaged(path, (error as Error).message, error);
    }
  }

  /** The names of all files. */
  get names(): string[] {
    return [...this.entries.keys()].filter((name) => !name.endsWith('/'));
  }

  /** Bytes of some files, unpacked. */
  bytesOf(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + (this.entries.get(name)?.uncompressedSize ?? 0), 0);
  }

  /** The requirements of an extra, as pip takes them: `nvidia-nccl-cu12<3.0,>=2.27.7` (PEP 508, 566). */
  async requirementsOf(extra: string): Promise<string[]> {
    const metadata = await this.read(/^[^/]+\.dist-info\/METADATA$/);
    return [...metadata.matchAll(/^Requires-Dist: ([^;\n]+);([^\n]*)$/gm)]
      .filter(([, , condition]) => new RegExp(`extra\\s*==\\s*['"]${extra}['"]`).test(condition))
      .map(([, requirement]) => requirement.replace(/[\s()]/g, ''));
  }

  /** The text of the one file whose name matches. */
  async read(name: RegExp): Promise<string> {
    try {
      return await text(this.zip, this.entries, name);
    } catch (error) {
      throw damaged(this.path, (error as Error).message, error);
    }
  }

  /**
   * Unpacks files below a folder under their own names and checks each against RECORD.
   * @param onBytes told of every piece that was written
   */
  async unpack(names: readonly string[], dir: string, onBytes: (count: number) => void): Promise<void> {
    for (const name of names) await this.#unpackOne(name, join(dir, name), onBytes);
  }

  close(): void {
    this.zip.close();
  }

  async #unpackOne(name: string, target: string, onBytes: (count: number) => void): Promise<void> {
    const entry = this.entries.get(name)!;
    const recorded = this.record.get(name);
    if (recorded === undefined) throw damaged(this.path, `its RECORD does not know ${name}`);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      await makeFolder(dirname(target));
      const handle = await open(target, 'wx', isExecutable(entry) ? 0o755 : 0o644);
      try {
        const check = async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
          for await (const piece of pieces) {
            hash.update(piece);
            bytes += piece.length;
            yield piece;
            onBytes(piece.length);
          }
        };
        const content = await this.zip.openReadStreamPromise(entry);
        await writeFile(handle, check(content as AsyncIterable<Buffer>));
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if ((error as Error).name === 'AbortError') throw error;
      throw (
        explainWriteError(error, target) ?? damaged(this.path, `${name}: ${(error as Error).message}`, error)
      );
    }
    const sha256 = hash.digest('base64url');
    if (bytes !== recorded.bytes || sha256 !== recorded.sha256) {
      throw damaged(this.path, `${name} is not what its RECORD promises (SHA-256 ${sha256})`);
    }
  }
}

/** The code of the error of a damaged wheel: whoever holds it removes it, so that the next call fetches it anew. */
export const WHEEL_DAMAGED = 'E_WHEEL_DAMAGED';

// --- internal ---

/** `name,sha256=…,bytes` a line; names with commas are quoted. RECORD does not name its own hash. */
function parseRecord(csv: string): Map<string, Recorded> {
  const record = new Map<string, Recorded>();
  for (const line of csv.split(/\r?\n/)) {
    const [, name, sha256, bytes] = /^(.*),sha256=([\w-]+)=*,(\d+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const plain = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
    record.set(plain, { sha256: sha256!, bytes: Number(bytes) });
  }
  return record;
}

async function text(zip: ZipFile, entries: ReadonlyMap<string, Entry>, name: RegExp): Promise<string> {
  const entry = [...entries].find(([each]) => name.test(each))?.[1];
  if (entry === undefined)
    throw new Error(`it has no ${name.source.split('/').at(-1)!.replace(/[\\$]/g, '')}`);
  const pieces: Buffer[] = [];
  for await (const piece of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>)
    pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function isExecutable({ externalFileAttributes }: Entry): boolean {
  return ((externalFileAttributes >>> 16) & 0o100) !== 0;
}

function damaged(path: string, why: string, cause?: unknown): InvolveError {
  if (cause instanceof InvolveError) return cause;
  return runFailed(
    WHEEL_DAMAGED,
    {
      what: `the wheel is damaged or cut short: ${why}`,
      where: path,
      try: 'the same command again: the wheel was removed and is fetched anew',
    },
    { cause },
  );
}
