import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBlock, findBlock } from './cache/pixel-cache.js';
import type { BlockRequest, PixelBlock } from './cache/pixel-cache.js';
import type { DataConfig } from './options.js';
import type { DataSource } from './source.js';
import type { PartName, Selection } from './splits.js';

/** The pixels of the parts that are needed. */
export type Blocks = Partial<Record<PartName, PixelBlock>>;

export interface BlockOptions {
  readonly cacheDir: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** One block a part: the whole of it where that is cached or needed, else only the images selected. */
export async function openBlocks(
  source: DataSource,
  config: DataConfig,
  selections: readonly Selection[],
  { cacheDir, onProgress, signal }: BlockOptions,
): Promise<Blocks> {
  const requests = (['train', 'validation', 'test'] as const).flatMap((name) => {
    const chosen = selections.filter((selection) => selection.part === name);
    if (chosen.length === 0) return [];
    const part = source[name]!;
    const indices = union(chosen, part.count);
    const base = { part, size: config.inputSize, version: source.version, label: `${config.name}-${name}` };
    return [{ name, base, indices }];
  });
  const blocks: Blocks = {};
  const absent = requests.filter(({ name, base, indices }) => {
    // A cached whole serves every limit.
    const all = { ...base, indices: upTo(base.part.count) };
    const found =
      // Whether it is the one is said by a stamp of every image: of a million that is a question of seconds.
      mayBeThere(cacheDir, base)
        ? (findBlock(cacheDir, { ...base, indices }) ?? findBlock(cacheDir, all))
        : null;
    if (found !== null) blocks[name] = found;
    return found === null;
  });
  const total = absent.reduce((sum, { indices }) => sum + indices.length, 0);
  let before = 0;
  for (const { name, base, indices } of absent) {
    const request: BlockRequest = { ...base, indices };
    const done = before;
    const onMore = (more: number): void => onProgress?.(done + more, total);
    blocks[name] = await ensureBlock(cacheDir, request, onMore, signal);
    before += indices.length;
  }
  return blocks;
}

// --- internal ---

/** Whether any pixels of a part are kept, by the names of their folders. */
function mayBeThere(cacheDir: string, { label, size }: Pick<BlockRequest, 'label' | 'size'>): boolean {
  try {
    return readdirSync(join(cacheDir, 'pixels')).some((name) => name.startsWith(`${label}-${size}-`));
  } catch {
    return false;
  }
}

/** The images of some selections, ascending, each once. */
function union(selections: readonly Selection[], count: number): Uint32Array {
  const isChosen = new Uint8Array(count);
  for (const { indices } of selections) for (const index of indices) isChosen[index] = 1;
  return upTo(count).filter((index) => isChosen[index] === 1);
}

function upTo(count: number): Uint32Array {
  const all = new Uint32Array(count);
  for (let i = 0; i < count; i++) all[i] = i;
  return all;
}
