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
    const indices = Uint32Array.from(new Set(chosen.flatMap(({ indices }) => [...indices]))).sort();
    const part = source[name]!;
    const base = { part, size: config.inputSize, version: source.version, label: `${config.name}-${name}` };
    return [{ name, base, indices }];
  });
  const blocks: Blocks = {};
  const absent = requests.filter(({ name, base, indices }) => {
    // A cached whole serves every limit.
    const whole = Uint32Array.from({ length: base.part.count }, (_, i) => i);
    const found =
      findBlock(cacheDir, { ...base, indices }) ?? findBlock(cacheDir, { ...base, indices: whole });
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
