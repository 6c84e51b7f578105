import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { runFailed } from '../../util/errors.js';
import { squeezed } from '../fit.js';
import { inParallel } from '../parallel.js';
import { BadImageError } from '../source.js';
import type { SourcePart } from '../source.js';
import {
  blockFormat,
  digest,
  digestBytes,
  digestsMatch,
  readIndex,
  writeIndex,
  type BlockIndex,
} from './block-index.js';
import { disown, inBuildingFolder } from './building-folder.js';
import { cacheProblem, makeCacheFolder } from './cache-folder.js';
import { bytesOfImage } from './image-set.js';

/** An image that could not be used. */
export interface BadImage {
  /** Index within the source part. */
  readonly index: number;
  readonly name: string;
  readonly reason: string;
}

/** Decoded images in a file: uint8 RGB, one image after the other. */
export interface PixelBlock {
  /** Empty where the pixels were not kept. */
  readonly file: string;
  /** Place in the file of each image of the source part; −1 where it is bad or was not asked for. */
  readonly positions: Int32Array;
  readonly bad: readonly BadImage[];
  /** What was left out of some images. */
  readonly remarks: readonly Remark[];
  /** Of masks: how many pixels of all images have each label. */
  readonly labelled?: readonly number[];
  /** A digest of each image in the file, `digestBytes` each. */
  readonly digests: Buffer;
}

/** What was left out of an image: its fourth band, the frames after the first. */
export interface Remark {
  /** Index within the source part. */
  readonly index: number;
  readonly text: string;
}

export interface BlockRequest {
  readonly part: SourcePart;
  /** Which images, ascending. */
  readonly indices: Uint32Array;
  readonly size: number;
  readonly version: string;
  /** For people who look into the cache folder: name of the set and the split. */
  readonly label: string;
  /**
   * Whether the pixels are kept (default). If not, the images are looked at once, and what stays is what is said of
   * them: which are bad, what was left out, the digests.
   */
  readonly keepPixels?: boolean;
}

const chunkBytes = 32 * 1024 * 1024;

/** Opens the cached pixels of some images; null where there are none or they are damaged. */
export function findBlock(cacheDir: string, request: BlockRequest): PixelBlock | null {
  const { key, folder } = place(cacheDir, request);
  return readBlock(folder, key, request, 'stored');
}

/**
 * Decodes images into the cache, unless they are there. The block is built in a folder of its own and renamed
 * when it is whole, so that a process that dies leaves nothing half done and two that build at once agree.
 * @param signal stops before the next image
 * @throws InvolveError where the cache folder cannot be written: exit code 3, on a full disk 1
 * @throws the reason of `signal`, with nothing left behind
 */
export async function ensureBlock(
  cacheDir: string,
  request: BlockRequest,
  onProgress: (done: number) => void = () => {},
  signal?: AbortSignal,
): Promise<PixelBlock> {
  const { key, folder } = place(cacheDir, request);
  const found = readBlock(folder, key, request, 'stored');
  if (found !== null) return found;
  try {
    const parent = await makeCacheFolder(cacheDir, 'pixels');
    await inBuildingFolder(parent, async (building) => {
      await build(building, key, request, onProgress, signal);
      await moveInto(building, folder, () => readBlock(folder, key, request, 'stored'));
    });
  } catch (error) {
    throw cacheProblem(error, cacheDir);
  }
  const built = readBlock(folder, key, request, 'built');
  if (built === null)
    throw runFailed('E_DATA_CACHE', { what: 'the pixel cache was damaged while written', where: folder });
  return built;
}

function place(
  cacheDir: string,
  { part, indices, size, version, label, keepPixels = true }: BlockRequest,
): { key: string; folder: string } {
  const held = part.mask === undefined ? blockFormat : `${blockFormat} with masks`;
  const kind = keepPixels ? held : `${held} looked at`;
  const hash = createHash('sha256').update(`${kind}\n${version}\n${size}\n`);
  for (const index of indices) hash.update(`${part.stamp(index)}\n`);
  const key = hash.digest('hex');
  return { key, folder: join(cacheDir, 'pixels', `${label}-${size}-${key.slice(0, 16)}`) };
}

async function build(
  folder: string,
  key: string,
  { part, indices, size, keepPixels = true }: BlockRequest,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { mask } = part;
  const bytes = bytesOfImage(size, mask !== undefined);
  const perChunk = Math.max(1, Math.min(indices.length, Math.floor(chunkBytes / bytes)));
  const chunk = new Uint8Array(perChunk * bytes);
  const bad: BlockIndex['bad'][number][] = [];
  const remarks: BlockIndex['remarks'][number][] = [];
  const labelled = new Array<number>(256).fill(0);
  const digests: Buffer[] = [];
  let passing = false;
  let done = 0;
  const file = await open(join(folder, 'pixels.bin'), 'wx');
  try {
    for (let first = 0; first < indices.length; first += perChunk) {
      const length = Math.min(perChunk, indices.length - first);
      const reasons = new Array<string | null>(length).fill(null);
      const said = Array.from({ length }, (): string[] => []);
      const decode = async (i: number): Promise<void> => {
        const out = chunk.subarray(i * bytes, (i + 1) * bytes);
        try {
          const image = out.subarray(0, size * size * 3);
          await part.read(indices[first + i]!, size, image, (text) => said[i]!.push(text));
          await part.mask?.(indices[first + i]!, size, squeezed, out.subarray(image.length));
        } catch (error) {
          if (!(error instanceof BadImageError)) throw error;
          reasons[i] = error.message;
          passing ||= error.passing;
        }
        done++;
        if (signal?.aborted !== true) onProgress(done);
      };
      await inParallel(length, decode, signal);
      let good = 0;
      for (let i = 0; i < length; i++) {
        const reason = reasons[i]!;
        if (reason !== null) {
          bad.push({ at: first + i, name: part.name(indices[first + i]!), reason });
          continue;
        }
        for (const text of said[i]!) remarks.push({ at: first + i, text });
        if (good < i) chunk.copyWithin(good * bytes, i * bytes, (i + 1) * bytes);
        const kept = chunk.subarray(good * bytes, (good + 1) * bytes);
        digests.push(digest(kept));
        if (mask !== undefined) countLabels(kept.subarray(size * size * 3), labelled);
        good++;
      }
      if (keepPixels) await writeAll(file, chunk.subarray(0, good * bytes));
    }
    await file.sync();
    const index: BlockIndex = {
      format: blockFormat,
      key,
      count: digests.length,
      mtimeMs: (await file.stat()).mtimeMs,
      bad,
      remarks,
      passing,
      ...(mask !== undefined && { labelled }),
      digests: Buffer.concat(digests).toString('base64'),
    };
    await writeIndex(join(folder, 'index.json'), index);
    await disown(folder);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
}

/** Renames a finished folder into place. Whoever comes second keeps the first one's, if that is whole. */
async function moveInto(from: string, to: string, check: () => PixelBlock | null): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code) || attempt >= 5) throw error;
      if (check() !== null) return;
      const aside = `${from}-damaged-${attempt}`;
      await rename(to, aside).catch(() => {});
      await rm(aside, { recursive: true, force: true });
    }
  }
}

/**
 * Reads what is in a folder: null where that is not the block asked for, or damaged.
 * @param from a block that was stored, or one that was built just now, which may lack what could not be read
 */
function readBlock(
  folder: string,
  key: string,
  { part, indices, size, keepPixels = true }: BlockRequest,
  from: 'stored' | 'built',
): PixelBlock | null {
  const index = readIndex(join(folder, 'index.json'));
  if (index?.key !== key || index.format !== blockFormat) return null;
  if (index.passing && from === 'stored') return null;
  const file = join(folder, 'pixels.bin');
  const digests = Buffer.from(index.digests, 'base64');
  if (index.count + index.bad.length !== indices.length || digests.length !== index.count * digestBytes)
    return null;
  const bytes = bytesOfImage(size, part.mask !== undefined);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.size !== (keepPixels ? index.count * bytes : 0)) return null;
  // Untouched since it was written: whole. Copied or tampered with: the digests tell.
  if (keepPixels && stats.mtimeMs !== index.mtimeMs && !digestsMatch(file, bytes, digests)) return null;

  const badAt = new Set(index.bad.map(({ at }) => at));
  const positions = new Int32Array(part.count).fill(-1);
  let position = 0;
  indices.forEach((image, at) => {
    if (!badAt.has(at)) positions[image] = position++;
  });
  const bad = index.bad.map(({ at, name, reason }) => ({ index: indices[at]!, name, reason }));
  const remarks = index.remarks.map(({ at, text }) => ({ index: indices[at]!, text }));
  const { labelled } = index;
  return { file, positions, bad, remarks, digests, ...(labelled && { labelled }) };
}

/** Adds the labels of a mask up. */
function countLabels(mask: Uint8Array, labelled: number[]): void {
  for (const label of mask) labelled[label]!++;
}
