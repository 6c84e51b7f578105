import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DataConfig } from './options.js';
import { defaultCacheDir } from '../util/cache-dir.js';
import { removeLeftovers } from './cache/building-folder.js';
import { DecodedImageSet } from './cache/decoded-set.js';
import { placeTable } from './cache/place-table.js';
import { FileImageSet } from './cache/image-set.js';
import type { ImageSet, SplitName } from './cache/image-set.js';
import { digestBytes } from './cache/block-index.js';
import type { BadImage } from './cache/pixel-cache.js';
import { equalNotes } from './equal-images.js';
import { fitOf } from './fit.js';
import { loadSharp } from './formats/decode-image.js';
import { grouped } from './formats/grouped.js';
import { loadingNotes } from './loading-notes.js';
import { openBlocks, type BlockOptions, type Blocks, type PartBlock } from './open-blocks.js';
import { openSource } from './open-source.js';
import { dataSet } from './sets/index.js';
import { selectSplits } from './splits.js';
import type { PartName, Selection } from './splits.js';
import { hasMasks, type DataSource, type SourcePart } from './source.js';
import { isDecodable } from './stored-images.js';
import type { Target } from './target.js';
import { badImages, refuseUnusable, skippedNote } from './unusable.js';

export type { ImageSet, SplitName } from './cache/image-set.js';

export interface Dataset {
  readonly name: string;
  /** What is known of each image. */
  readonly target: Target;
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
  /** At most so many images of train, to look at and not to learn from: not of every class, where that is too few. */
  readonly sample?: number;
  /**
   * Training cuts random crops, and where `data.resize` keeps the aspect it cuts them out of the images as they are
   * stored (default: none are cut).
   */
  readonly randomCrops?: boolean;
  /** Stops listing before the next class, and decoding before the next image. */
  readonly signal?: AbortSignal;
}

const splitNames = ['train', 'validation', 'test'] as const;

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
 * are needed, once, into a cache on disk; or, as `data.cache` says, looks at them once and decodes them whenever they are
 * needed. Throws with every bad image named before any training starts.
 * @throws the reason of `signal`, with nothing left in the cache that is not whole
 */
export async function openDataset(config: DataConfig, options: OpenOptions = {}): Promise<Dataset> {
  const { cwd = process.cwd(), cacheDir = defaultCacheDir(), splits = splitNames, sample } = options;
  const source = await openSource(config, cwd, cacheDir, options.signal);
  const cropOriginals = (options.randomCrops ?? false) && config.resize !== 'squeeze';
  await removeLeftovers(join(cacheDir, 'pixels'), true);
  const opened = splitNames.filter((split) => splits.includes(split));
  const drawn = await drawSplits(source, config, opened, { ...options, cacheDir, cropOriginals });
  const { selections, blocks, notes } = drawn;
  notes.push(...loadingNotes(source, config, { opened, cropOriginals }));
  for (const split of opened) {
    if (sample !== undefined) continue;
    const selection = selections[split];
    const bad = drawn.bad[selection.part] ?? new Set();
    notes.push(...refuseUnusable(source, { split, selection, bad, limit: config.limit[split] }));
  }
  notes.push(
    ...remarkNotes(
      source,
      opened.map((split) => selections[split]),
      blocks,
    ),
  );

  if (opened.includes('train')) notes.push(...unseenClasses(source, blocks[selections.train.part]!));

  // What is equal in published sets is known, and stays.
  if (dataSet(config.name).images === null) notes.push(...equalNotes(source, selections, opened, blocks));

  const hash = createHash('sha256').update(JSON.stringify([config.name, config.inputSize, source.classes]));
  const sets = {} as Record<SplitName, FileImageSet | DecodedImageSet>;
  for (const split of splitNames) {
    const { part, indices } = selections[split];
    const block = opened.includes(split) ? blocks[part]! : null;
    const kept = block === null ? new Uint32Array() : indices;
    const positions = Uint32Array.from(kept, (index) => block!.positions[index]!);
    const labels = Uint16Array.from(kept, (index) => source[part]!.labels[index]!);
    sets[split] = setOf({
      split,
      config,
      labels,
      part: source[part]!,
      kept,
      stored: block?.stored ?? null,
      cropsOriginals: cropOriginals && split === 'train' && isDecodable(source, part),
    });
    if (block === null) continue;
    hash.update(`${split} ${labels.join()} `);
    for (const p of positions) hash.update(block.digests.subarray(p * digestBytes, (p + 1) * digestBytes));
  }
  // A library that a thread loads first would go when that thread ends.
  if (splitNames.some((split) => sets[split] instanceof DecodedImageSet)) await loadSharp();
  return {
    name: config.name,
    target: hasMasks(source) ? 'mask' : 'class',
    classes: source.classes,
    fingerprint: hash.digest('hex'),
    ...sets,
    notes: [...source.notes, ...notes],
    close: async () => {
      for (const split of splitNames) sets[split].close();
    },
  };
}

// --- internal ---

interface SetParts {
  readonly split: SplitName;
  readonly config: DataConfig;
  readonly labels: Uint16Array;
  readonly part: SourcePart;
  /** The images of the part that make the set. */
  readonly kept: Uint32Array;
  readonly stored: PartBlock['stored'];
  readonly cropsOriginals: boolean;
}

/** Images of a file of pixels where all of them are there; else those that are missing are decoded. */
function setOf({ split, config, labels, part, kept, stored, cropsOriginals }: SetParts) {
  const size = config.inputSize;
  const positions = Int32Array.from(kept, (index) => stored?.positions[index] ?? -1);
  const file = stored?.file ?? '';
  if (!cropsOriginals && positions.every((position) => position >= 0)) {
    const masks = part.mask !== undefined;
    return new FileImageSet({ split, size, labels, file, masks, positions: Uint32Array.from(positions) });
  }
  return new DecodedImageSet({
    split,
    size,
    labels,
    fit: fitOf(config),
    cropsOriginals,
    places: placeTable(kept, (index) => part.place!(index)),
    stored: { file, positions },
  });
}

interface Drawn {
  readonly selections: Record<SplitName, Selection>;
  readonly blocks: Blocks;
  readonly bad: Partial<Record<PartName, Set<number>>>;
  readonly notes: string[];
}

/**
 * Draws the splits and decodes what was drawn. Where bad images may be skipped, they are left out before the draw: it
 * is made again until it takes none. What the splits are does not depend on which of them are opened, nor on what is
 * in the cache: only images that a draw takes are found to be bad, and train is drawn with what is held out of it.
 */
async function drawSplits(
  source: DataSource,
  config: DataConfig,
  opened: readonly SplitName[],
  { cropOriginals, sample, ...options }: BlockOptions & { readonly cropOriginals: boolean; sample?: number },
): Promise<Drawn> {
  const bad: Partial<Record<PartName, Set<number>>> = {};
  const left: BadImage[] = [];
  for (;;) {
    const notes: string[] = [];
    const selections = selectSplits(source, config, notes, { bad, sample });
    const isOneDraw = config.skipBadImages && selections.validation.part === 'train';
    const looked = splitNames.filter(
      (split) =>
        opened.includes(split) ||
        (isOneDraw && opened.some((other) => selections[other].part === selections[split].part)),
    );
    const chosen = looked.map((split) => selections[split]);
    const asStored = cropOriginals && opened.includes('train') ? selections.train : undefined;
    // Only what trains takes --set, and both splits.
    const canDecode =
      opened.includes('train') && opened.includes('validation') && isDecodable(source, 'train');
    const blocks = await openBlocks(source, config, chosen, { ...options, asStored, canDecode }, notes);
    const found = new Map(
      chosen.flatMap((selection) => badAmong(selection, blocks)).map((image) => [image.name, image]),
    );
    const total = chosen.reduce((sum, { indices }) => sum + indices.length, 0);
    if (found.size > 0 && !config.skipBadImages) throw badImages([...found.values()], total);
    if (found.size === 0) {
      return { selections, blocks, bad, notes: left.length === 0 ? notes : [...notes, skippedNote(left)] };
    }
    left.push(...found.values());
    for (const selection of chosen) {
      const known = (bad[selection.part] ??= new Set());
      for (const { index } of badAmong(selection, blocks)) known.add(index);
    }
  }
}

function badAmong({ part, indices }: Selection, blocks: Blocks): BadImage[] {
  const bad = blocks[part]!.bad;
  if (bad.length === 0) return [];
  const selected = new Set(indices);
  return bad.filter((image) => selected.has(image.index));
}

/** A note of classes of pixels that no image to train on has. */
function unseenClasses({ classes }: DataSource, { labelled }: PartBlock): string[] {
  const unseen = labelled === undefined ? [] : classes.filter((_, c) => labelled[c] === 0);
  if (unseen.length === 0) return [];
  const shown = unseen.slice(0, 10).join(', ') + (unseen.length > 10 ? ', …' : '');
  const none = unseen.length === 1 ? 'it is' : 'they are';
  return [`no pixel of the images to train on is ${shown}: ${none} never learned`];
}

/** Notes about what was left out of images. */
function remarkNotes(source: DataSource, selections: readonly Selection[], blocks: Blocks): string[] {
  const said = selections.flatMap(({ part, indices }) => {
    const { remarks } = blocks[part]!;
    if (remarks.length === 0) return [];
    const selected = new Set(indices);
    return remarks
      .filter(({ index }) => selected.has(index))
      .map(({ index, text }) => ({ text, name: source[part]!.name(index) }));
  });
  return [...grouped(said, ({ text }) => text)].map(([text, all]) => {
    const names = [...new Set(all.map(({ name }) => name))];
    const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
    return `${names.length} ${names.length === 1 ? 'image' : 'images'}: ${text} (${shown})`;
  });
}
