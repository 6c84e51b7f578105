import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DataConfig } from './options.js';
import { badInput, missing } from '../util/errors.js';
import { defaultCacheDir } from '../util/cache-dir.js';
import { openCifar10 } from './sets/cifar10.js';
import { openImageFolder } from './sets/image-folder.js';
import { FileImageSet } from './cache/image-set.js';
import type { ImageSet, SplitName } from './cache/image-set.js';
import { openIntel } from './sets/intel.js';
import { digestBytes, ensureBlock, findBlock } from './cache/pixel-cache.js';
import type { BadImage, BlockRequest, PixelBlock } from './cache/pixel-cache.js';
import { openScenes } from './sets/scenes.js';
import { holdOut, limitTo } from './select.js';
import type { DataSource, OpenSource, SourcePart } from './source.js';

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

/** A data set a line. */
const sources: Record<DataConfig['name'], OpenSource> = {
  intel: openIntel,
  cifar10: openCifar10,
  'image-folder': openImageFolder,
  scenes: openScenes,
};

const splitNames = ['train', 'validation', 'test'] as const;
const shownBadImages = 10;

/** Folder of a data set: `data.dir`, else `datasets/<name>`. */
export function dataFolder(config: Pick<DataConfig, 'name' | 'dir'>, cwd: string = process.cwd()): string {
  return resolve(cwd, config.dir ?? `datasets/${config.name}`);
}

/** Finds and lists a data set without decoding anything; says what to do where it is absent. */
export async function openSource(config: DataConfig, cwd: string = process.cwd()): Promise<DataSource> {
  const dir = dataFolder(config, cwd);
  if (config.name !== 'scenes' && !(statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
    throw absent(config, dir, dir === dataFolder({ name: config.name, dir: null }, cwd));
  }
  return sources[config.name](dir, config);
}

/** How many images each split has, found without decoding any. */
export async function countImages(
  config: DataConfig,
  cwd: string = process.cwd(),
): Promise<Record<SplitName, number>> {
  const { train, validation, test } = select(await openSource(config, cwd), config, []);
  return { train: train.indices.length, validation: validation.indices.length, test: test.indices.length };
}

function absent(config: DataConfig, dir: string, isDefault: boolean): Error {
  const elsewhere = '`--set data.dir=FOLDER` where it lies elsewhere';
  const drawn = '`--set data.name=scenes` for drawn images that need no download';
  if (!isDefault) {
    return badInput('E_DATA_DIR', {
      what: `data.dir is not a folder: ${config.dir}`,
      where: dir,
      try: `correct data.dir, or ${drawn.replace('data.name=scenes', 'data.name=scenes --set data.dir=null')}`,
    });
  }
  const get = config.name === 'image-folder' ? [] : [`\`involve data get ${config.name}\``];
  return missing('E_DATA_MISSING', {
    what: `the data set ${config.name} is not on this machine`,
    where: dir,
    try: [...get, elsewhere, drawn].join(', or '),
  });
}

/** Which images of which part make a split. */
interface Selection {
  readonly part: 'train' | 'test' | 'validation';
  readonly indices: Uint32Array;
}

/**
 * Opens a data set: lists it, holds validation out of train, applies the limits, and decodes the images that
 * are needed, once, into a cache on disk. Throws with every bad image named before any training starts.
 */
export async function openDataset(config: DataConfig, options: OpenOptions = {}): Promise<Dataset> {
  const { cwd = process.cwd(), cacheDir = defaultCacheDir(), splits = splitNames } = options;
  const source = await openSource(config, cwd);
  const notes: string[] = [];
  const selections = select(source, config, notes);
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

function select(source: DataSource, config: DataConfig, notes: string[]): Record<SplitName, Selection> {
  const { classes } = source;
  const all = (part: SourcePart): Uint32Array => Uint32Array.from({ length: part.count }, (_, i) => i);
  let train = all(source.train);
  let validation: Selection;
  if (config.validation === 'test') {
    validation = { part: 'test', indices: all(source.test) };
    notes.push('validation: the test set, as data.validation says; its figures are no estimate of new data');
  } else if (source.validation !== undefined) {
    validation = { part: 'validation', indices: all(source.validation) };
    notes.push('validation: the folder that the data set brings; the share in data.validation has no effect');
  } else {
    const held = holdOut(source.train.labels, classes, config.validation, config.splitSeed);
    train = held.train;
    validation = { part: 'train', indices: held.validation };
  }
  const limited = (split: SplitName, { part, indices }: Selection): Selection => {
    const limit = config.limit[split];
    if (limit === null) return { part, indices };
    if (limit > indices.length) {
      notes.push(`data.limit.${split} is ${limit}, but there are ${indices.length} images; all are used`);
    }
    // Keyed by the part: a validation that is the test set gets the same images under the same limit.
    const key = [config.splitSeed, part === 'test' ? 'test' : split];
    return { part, indices: limitTo(indices, source[part]!.labels, classes, limit, ...key) };
  };
  return {
    train: limited('train', { part: 'train', indices: train }),
    validation: limited('validation', validation),
    test: limited('test', { part: 'test', indices: all(source.test) }),
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
