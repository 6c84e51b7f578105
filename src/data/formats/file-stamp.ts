import { closeSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { createHash } from 'node:crypto';

/**
 * Magic numbers (statfs(2)) of file systems that note by themselves, in the inode, when a file was last written: ext,
 * XFS, Btrfs, ZFS, F2FS, bcachefs, tmpfs, overlay, NFS, Lustre, GPFS, BeeGFS, Ceph.
 */
const KEEPS_CHANGES: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0xca451a4e, 0x01021994, 0x794c7630, 0x6969,
  0x0bd00bd0, 0x47504653, 0x19830326, 0x00c36400,
]);

/** Bytes at either end of a file that are looked at where the file system cannot be asked. */
const sampled = 16 * 1024;

/** By device. */
const answers = new Map<bigint, boolean>();

/**
 * What changes whenever the content of a file does. Size and time of change are not enough: unpacked archives,
 * `touch` and reproducible builds give different files the same ones. So the inode and the time at which the system
 * saw the last change are in it, which no program can set; where the file system has none of its own (FAT, SMB,
 * FUSE), a digest of both ends of the file.
 *
 * @param name how the file is called within its data set, so that a set may be moved
 */
export function fileStamp(name: string, path: string): string {
  return `${name}|${fileState(path)}`;
}

/** What `fileStamp` says besides the name: a file that was changed or replaced has another state. */
export function fileState(path: string): string {
  const look = lookAt(path);
  return typeof look === 'string' ? look : stateOf(look);
}

/** The stamps of many files, each looked at once, when it is asked for; four numbers a file are kept. */
export class FileStamps {
  readonly #name: (index: number) => string;
  readonly #path: (index: number) => string;
  readonly #count: number;
  /** Size, both times and inode of each file that was looked at. */
  #numbers: BigInt64Array | null = null;
  #looked: Uint8Array | null = null;
  /** Of files that say more, or cannot be looked at. */
  readonly #others = new Map<number, string>();

  /**
   * @param name how a file is called within its data set
   * @param path where it lies
   */
  constructor(count: number, name: (index: number) => string, path: (index: number) => string) {
    this.#count = count;
    this.#name = name;
    this.#path = path;
  }

  at(index: number): string {
    return `${this.#name(index)}|${this.state(index)}`;
  }

  /** What `fileState` says, once for all. */
  state(index: number): string {
    this.#numbers ??= new BigInt64Array(4 * this.#count);
    this.#looked ??= new Uint8Array(this.#count);
    if (this.#looked[index] === 0) {
      const look = lookAt(this.#path(index));
      if (typeof look === 'string') this.#others.set(index, look);
      else this.#numbers.set([look.size, look.mtimeNs, look.ino, look.ctimeNs], 4 * index);
      this.#looked[index] = 1;
    }
    const other = this.#others.get(index);
    if (other !== undefined) return other;
    const [size, mtimeNs, ino, ctimeNs] = this.#numbers.subarray(4 * index, 4 * index + 4);
    return stateOf({
      size: size!,
      mtimeNs: mtimeNs!,
      ino: BigInt.asUintN(64, ino!),
      ctimeNs: ctimeNs!,
    });
  }
}

/** Whether a file system notes by itself when a file or a folder last changed. */
export function keepsChanges(path: string, { dev }: Pick<BigIntStats, 'dev'>): boolean {
  if (process.platform !== 'linux') return true;
  let answer = answers.get(dev);
  if (answer === undefined) {
    try {
      answer = KEEPS_CHANGES.has(statfsSync(path).type);
    } catch {
      answer = false;
    }
    answers.set(dev, answer);
  }
  return answer;
}

// --- internal ---

type Kept = Pick<BigIntStats, 'size' | 'mtimeNs' | 'ino' | 'ctimeNs'>;

/** What the system says of a file; in words where that is not enough, or where it says nothing. */
function lookAt(path: string): Kept | string {
  let stats: BigIntStats;
  try {
    stats = statSync(path, { bigint: true });
  } catch (error) {
    // Whoever decodes it says why.
    return `${(error as NodeJS.ErrnoException).code}`;
  }
  return keepsChanges(path, stats) ? stats : `${stats.size}|${stats.mtimeNs}|${endsOf(path, stats)}`;
}

function stateOf({ size, mtimeNs, ino, ctimeNs }: Kept): string {
  return `${size}|${mtimeNs}|${ino}|${ctimeNs}`;
}

/** A digest of the first and the last bytes; its time of change where they cannot be read. */
function endsOf(path: string, stats: BigIntStats): string {
  if (!stats.isFile()) return 'no file';
  const hash = createHash('sha256');
  const bytes = new Uint8Array(sampled);
  try {
    const file = openSync(path, 'r');
    try {
      for (const start of [0, Math.max(sampled, Number(stats.size) - sampled)]) {
        hash.update(bytes.subarray(0, readSync(file, bytes, 0, sampled, start)));
      }
    } finally {
      closeSync(file);
    }
  } catch {
    return `unread ${stats.ctimeNs}`;
  }
  return hash.digest('base64');
}
