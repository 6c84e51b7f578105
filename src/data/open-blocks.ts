import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InvolveError } from '../util/errors.js';
import { ensureBlock, findBlock } from './cache/pixel-cache.js';
import type { BlockRequest, PixelBlock } from './cache/pixel-cache.js';
import { fitKey, fitOf } from './fit.js';
import { fittedPart } from './fitted-part.js';
import type { DataConfig } from './options.js';
import type { DataSource, SourcePart } from './source.js';
import type { PartName, Selection } from './splits.js';
import { FileImageSet } from './cache/image-set.js';
import { storedImages } from './stored-images.js';
import { union, upTo } from './union.js';

/** What is known of a part's images, and where the pixels of those lie that are kept. */
export interface PartBlock extends PixelBlock {
  /** The pixels in the cache: the block itself where all of them are; null where there are none. */
  readonly stored: Pick<PixelBlock, 'file' | 'positions'> | null;
}

/** The parts that are needed. */
export type Blocks = Partial<Record<PartName, PartBlock>>;

export interface BlockOptions {
  readonly cacheDir: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** The selection that training cuts its crops out of, from the images as they are stored: it needs no squares. */
  readonly asStored?: Selection;
  /** Whoever asked can do without the cache: `data.cache` none is advice for a full disk. */
  readonly canDecode?: boolean;
}

/** The images of a part that are needed. */
interface Request {
  readonly name: PartName;
  readonly base: Omit<BlockRequest, 'indices'>;
  /** All of them, and those whose pixels are kept; the same array where that is all. */
  readonly indices: Uint32Array;
  readonly kept: Uint32Array;
}

/**
 * One block a part: the whole of it where that is cached or needed, else only the images selected. Where not all of
 * their pixels are kept, they are looked at once all the same, so that a bad image is known before training starts
 * and the fingerprint of the data is the same whatever is kept.
 * @param notes told what goes on without the cache
 */
export async function openBlocks(
  source: DataSource,
  config: DataConfig,
  selections: readonly Selection[],
  options: BlockOptions,
  notes: string[] = [],
): Promise<Blocks> {
  const fit = fitOf(config);
  const requests = (['train', 'validation', 'test'] as const).flatMap((name): Request[] => {
    const chosen = selections.filter((selection) => selection.part === name);
    if (chosen.length === 0) return [];
    const part = fittedPart(source[name]!, fit);
    const indices = union(chosen, part.count);
    const version = source.version + fitKey(fit);
    const base = { part, size: config.inputSize, version, label: `${config.name}-${name}` };
    const kept = storedImages(source, config, name, chosen, indices, options.asStored);
    return [{ name, base, indices, kept }];
  });
  const blocks: Blocks = {};
  const absent = requests.filter(({ name, base, indices, kept }) => {
    if (kept !== indices) return true;
    const found = findWhole(options.cacheDir, base, indices);
    if (found !== null) blocks[name] = { ...found, stored: found };
    return found === null;
  });
  const progress = progressOf(absent, options.onProgress);
  for (const request of absent) blocks[request.name] = await openPart(request, options, progress, notes);
  return blocks;
}

// --- internal ---

/** A cached whole serves every limit. */
function findWhole(cacheDir: string, base: Request['base'], indices: Uint32Array): PixelBlock | null {
  // Whether it is the one is said by a stamp of every image: of a million that is a question of seconds.
  if (!mayBeThere(cacheDir, base)) return null;
  const whole = { ...base, indices: upTo(base.part.count) };
  return findBlock(cacheDir, { ...base, indices }) ?? findBlock(cacheDir, whole);
}

/** Whether anything is kept of a part, by the names of the folders. */
function mayBeThere(cacheDir: string, { label, size }: Pick<BlockRequest, 'label' | 'size'>): boolean {
  try {
    return readdirSync(join(cacheDir, 'pixels')).some((name) => name.startsWith(`${label}-${size}-`));
  } catch {
    return false;
  }
}

type Progress = (of: number) => (done: number) => void;

/** Counts images of one block after the other; those that need no decoding are never told. */
function progressOf(absent: readonly Request[], onProgress: BlockOptions['onProgress']): Progress {
  const total = absent.reduce(
    (sum, { indices, kept }) => sum + indices.length + (kept === indices ? 0 : kept.length),
    0,
  );
  let before = 0;
  return (of) => {
    const start = before;
    before += of;
    return (done) => onProgress?.(start + done, total);
  };
}

async function openPart(
  { base, indices, kept }: Request,
  { cacheDir, signal, canDecode = false }: BlockOptions,
  progress: Progress,
  notes: string[],
): Promise<PartBlock> {
  if (kept === indices) {
    const request = { ...base, indices };
    const block = await ensureBlock(cacheDir, request, progress(indices.length), signal).catch((error) => {
      throw canDecode ? withAdvice(error) : error;
    });
    return { ...block, stored: block };
  }
  const stored = await storeSome(base, kept, cacheDir, progress(kept.length), signal, notes);
  const onDone = progress(indices.length);
  const lookedAt = { ...base, keepPixels: false };
  const known = findWhole(cacheDir, base, indices) ?? findWhole(cacheDir, lookedAt, indices);
  if (known !== null) return { ...known, stored };
  const cached = stored === null ? null : new StoredFirst(base.part, stored, base.size);
  try {
    const request = { ...lookedAt, part: cached ?? base.part, indices };
    return { ...(await ensureBlock(cacheDir, request, onDone, signal)), stored };
  } finally {
    cached?.close();
  }
}

/** The same error with one way more, where the disk is full. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof InvolveError && error.code === 'E_DATA_CACHE_FULL')) return error;
  const [problem] = error.problems;
  const advice = `${problem!.try}, or decode them whenever they are needed: --set data.cache=none`;
  return new InvolveError(error.code, error.exitCode, { ...problem!, try: advice }, { cause: error.cause });
}

/** The pixels that are kept for speed alone: on a full disk there are none. */
async function storeSome(
  base: Request['base'],
  kept: Uint32Array,
  cacheDir: string,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
  notes: string[],
): Promise<PixelBlock | null> {
  if (kept.length === 0) return null;
  try {
    return await ensureBlock(cacheDir, { ...base, indices: kept }, onProgress, signal);
  } catch (error) {
    if (!(error instanceof InvolveError && error.code === 'E_DATA_CACHE_FULL')) throw error;
    notes.push(
      `${base.label}: the disk of the cache is full (${cacheDir}), so every image is decoded each time`,
    );
    return null;
  }
}

/** A part whose images are read from the cache, where they are there. */
class StoredFirst implements SourcePart {
  readonly count: number;
  readonly labels: Uint16Array;
  readonly #part: SourcePart;
  readonly #block: PixelBlock;
  readonly #set: FileImageSet;
  readonly #remarks = new Map<number, string[]>();

  constructor(part: SourcePart, block: PixelBlock, size: number) {
    this.count = part.count;
    this.labels = part.labels;
    this.#part = part;
    this.#block = block;
    const positions = Uint32Array.from(block.positions, (position) => Math.max(0, position));
    this.#set = new FileImageSet({ split: 'train', size, labels: part.labels, file: block.file, positions });
    for (const { index, text } of block.remarks) {
      this.#remarks.set(index, [...(this.#remarks.get(index) ?? []), text]);
    }
  }

  name(index: number): string {
    return this.#part.name(index);
  }

  stamp(index: number): string {
    return this.#part.stamp(index);
  }

  read(index: number, size: number, out: Uint8Array, remark?: (text: string) => void): void | Promise<void> {
    if (this.#block.positions[index]! < 0) return this.#part.read(index, size, out, remark);
    this.#set.read(index, out, 0);
    for (const text of this.#remarks.get(index) ?? []) remark?.(text);
  }

  close(): void {
    this.#set.close();
  }
}
