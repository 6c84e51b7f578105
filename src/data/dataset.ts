import { createHash } from 'node:crypto';
import type { DataConfig } from './options.js';
import { badInput } from '../util/errors.js';
import { defaultCacheDir } from '../util/cache-dir.js';
import { FileImageSet } from './cache/image-set.js';
import type { ImageSet, SplitName } from './cache/image-set.js';
import { digestBytes, ensureBlock, findBlock } from './cache/pixel-cache.js';
import type { BadImage, BlockRequest, PixelBlock } from './cache/pixel-cache.js';
import { openSource } from './open-source.js';
import { selectSplits } from './splits.js';
import type { Selection } from './splits.js';
import type { DataSource } from './source.js';

export type { ImageSet, SplitName } from './cache/image-set.js';

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  /** SHA-256 over the pixels and labels of every split that was opened, in order. */
  readonly fingerprint: string;
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /** What a reader of the results should know: images skipped, validation on test, limits without effect. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

export interface OpenOptions {
  /** What `data.dir` is relative to (default: the current folder). */
  readonly cwd?: string;
  readonly cacheDir?: string;
  /** Called while images are decoded; not at all where all of them are in the cache. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Splits to open (default: all); the others come out empty. */
  readonly splits?: readonly SplitName[];
}

const splitNames = ['train', 'validation', 'test'] as const;
const shownBadImages = 10;

/** How many images each split has, found without decoding any. */
export async function countImages(
  config: DataConfig,
  cwd: string = process.cwd(),
): Promise<Record<SplitName, number>> {
  const { train, validation, test } = selectSplits(await openSource(config, cwd), config, []);
  return { train: train.indices.length, validation: validation.indices.length, test: test.indices.length };
}

/**
 * Opens a data set: lists it, holds validation out of train, applies the limits, and decodes the images that
 * are needed, once, into a cache on disk. Throws with every bad image named before any training starts.
 */
export async function openDataset(config: DataConfig, options: OpenOptions = {}): Promise<Dataset> {
  const { cwd = process.cwd(), cacheDir = defaultCacheDir(), splits = splitNames } = options;
  const source = await openSource(config, cwd);
  const notes: string[] = [];
  const selections = selectSplits(source, config, notes);
  const opened = splitNames.filter((split) => splits.includes(split));
  const blocks = await openBlocks(
    source,
    config,
    opened.map((split) => selections[split]),
    { ...options, cacheDir },
  );

  const bad = opened.flatMap((split) => badAmong(selections[split], blocks));
  const unique = [...new Map(bad.map((image) => [image.name, image])).values()];
  if (unique.length > 0) {
    const total = opened.reduce((sum, split) => sum + selections[split].indices.length, 0);
    if (!config.skipBadImages) throw badImages(unique, total);
    const shown = unique.slice(0, shownBadImages).map(({ name, reason }) => `${name} (${reason})`);
    notes.push(
      `${unique.length} bad ${unique.length === 1 ? 'image' : 'images'} skipped: ${shown.join(', ')}` +
        (unique.length > shown.length ? ` and ${unique.length - shown.length} more` : ''),
    );
  }

  const hash = createHash('sha256').update(JSON.stringify([config.name, config.inputSize, source.classes]));
  const sets = {} as Record<SplitName, FileImageSet>;
  for (const split of splitNames) {
    const { part, indices } = selections[split];
    const block = opened.includes(split) ? blocks[part]! : null;
    const kept = block === null ? new Uint32Array() : indices.filter((index) => block.positions[index]! >= 0);
    const positions = Uint32Array.from(kept, (index) => block!.positions[index]!);
    const labels = Uint16Array.from(kept, (index) => source[part]!.labels[index]!);
    if (block !== null) refuseEmptied(split, source, selections[split], labels);
    sets[split] = new FileImageSet({
      split,
      size: config.inputSize,
      labels,
      file: block?.file ?? '',
      positions,
    });
    if (block === null) continue;
    hash.update(`${split} ${labels.join()} `);
    for (const p of positions) hash.update(block.digests.subarray(p * digestBytes, (p + 1) * digestBytes));
  }
  return {
    name: config.name,
    classes: source.classes,
    fingerprint: hash.digest('hex'),
    ...sets,
    notes: [...source.notes, ...notes],
    close: async () => {
      for (const split of splitNames) sets[split].close();
    },
  };
}

type Blocks = Partial<Record<Selection['part'], PixelBlock>>;

/** One block a part: the whole of it where that is cached or needed, else only the images selected. */
async function openBlocks(
  source: DataSource,
  config: DataConfig,
  selections: readonly Selection[],
  { cacheDir, onProgress }: { cacheDir: string; onProgress?: OpenOptions['onProgress'] },
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
    blocks[name] = await ensureBlock(cacheDir, request, (done) => onProgress?.(before + done, total));
    before += indices.length;
  }
  return blocks;
}

/** A class that lost all its images with the bad ones cannot be learned or measured. */
function refuseEmptied(
  split: SplitName,
  { classes, ...source }: DataSource,
  { part, indices }: Selection,
  labels: Uint16Array,
): void {
  const kept = new Set(labels);
  const asked = new Set(Array.from(indices, (index) => source[part]!.labels[index]!));
  const emptied = [...asked].filter((label) => !kept.has(label));
  if (emptied.length === 0) return;
  throw badInput('E_DATA_CLASSES', {
    what: `every ${split} image of ${emptied.map((label) => classes[label]).join(', ')} is bad`,
    try: 'replace the images; `involve data check` lists them',
  });
}

function badAmong({ part, indices }: Selection, blocks: Blocks): BadImage[] {
  const bad = blocks[part]!.bad;
  if (bad.length === 0) return [];
  const selected = new Set(indices);
  return bad.filter((image) => selected.has(image.index));
}

function badImages(bad: readonly BadImage[], total: number): Error {
  const shown = bad.slice(0, shownBadImages);
  const more = bad.length - shown.length;
  return badInput('E_DATA_IMAGES', [
    {
      what: `${bad.length} of ${total} images cannot be used`,
      try: 'replace or remove them, or leave them out: --set data.skipBadImages=true',
    },
    ...shown.map(({ name, reason }) => ({ what: reason, where: name })),
    ...(more > 0 ? [{ what: `… and ${more} more; \`involve data check\` lists them all` }] : []),
  ]);
}
