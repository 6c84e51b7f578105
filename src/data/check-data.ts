import { createHash, type Hash } from 'node:crypto';
import { squeezed } from './fit.js';
import { inParallel } from './parallel.js';
import { BadImageError, hasMasks, type DataSource, type SourcePart } from './source.js';
import { IGNORED } from './target.js';

type PartName = 'train' | 'validation' | 'test';
const partNames = ['train', 'validation', 'test'] as const;

/** In the place of the class of an image that has a mask. */
const MASKED = 'masked';

/** Where an image is and what it is said to show. */
export interface Place {
  readonly split: PartName;
  readonly class: string;
  readonly name: string;
}

/** Images with the same pixels. */
export interface Duplicates {
  readonly images: readonly Place[];
  /** They are in more than one class. */
  readonly conflicting: boolean;
}

/** What a look at every image of a data set found. */
export interface DataReport {
  readonly classes: readonly string[];
  /** Images of every split, where they have masks: one image shows several classes. */
  readonly images?: Readonly<Partial<Record<PartName, number>>>;
  /** Images a class in every split, in the order of the classes; of masks, images with a pixel of the class. */
  readonly counts: Readonly<Partial<Record<PartName, readonly number[]>>>;
  /** Images that cannot be used: undecodable, or smaller than 8 pixels on a side. */
  readonly bad: readonly (Place & { readonly reason: string })[];
  /** Sizes of the images, the most frequent first; empty where the set has no size of its own. */
  readonly sizes: readonly { readonly size: string; readonly count: number }[];
  /** Within one split. */
  readonly duplicates: readonly Duplicates[];
  /** In train and in what measures it. */
  readonly acrossSplits: readonly Duplicates[];
  /** What was left out of images, and of how many. */
  readonly remarks: readonly { readonly text: string; readonly count: number }[];
  /** Images of the largest class of train over those of the smallest. */
  readonly imbalance: number;
}

/**
 * Decodes every image in its own size and compares them by a hash of their pixels, so that copies are found
 * whatever they are called and however they were packed.
 */
export async function checkData(
  source: DataSource,
  inputSize: number,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<DataReport> {
  const parts = partNames.flatMap((split) =>
    source[split] === undefined ? [] : [{ split, part: source[split] }],
  );
  const total = parts.reduce((sum, { part }) => sum + part.count, 0);
  const bad: (Place & { reason: string })[] = [];
  const sizes = new Map<string, number>();
  const groups = new Map<string, Place[]>();
  const remarks = new Map<string, number>();
  const counts: Partial<Record<PartName, number[]>> = {};
  let done = 0;
  for (const { split, part } of parts) {
    const found = new Array<Examined>(part.count);
    await inParallel(part.count, async (index) => {
      found[index] = await examine(part, index, inputSize);
      onProgress(++done, total);
    });
    const seen = source.classes.map(() => 0);
    if (part.mask !== undefined) counts[split] = seen;
    // In the order of the images, whichever was decoded first.
    found.forEach((result, index) => {
      const named = part.mask === undefined ? source.classes[part.labels[index]!]! : MASKED;
      const place: Place = { split, class: named, name: part.name(index) };
      if ('reason' in result) {
        bad.push({ ...place, reason: result.reason });
        return;
      }
      for (const c of result.seen) seen[c]!++;
      for (const text of result.remarks) remarks.set(text, (remarks.get(text) ?? 0) + 1);
      if (result.size !== null) sizes.set(result.size, (sizes.get(result.size) ?? 0) + 1);
      const group = groups.get(result.digest);
      if (group === undefined) groups.set(result.digest, [place]);
      else group.push(place);
    });
  }
  for (const { split, part } of parts) {
    if (part.mask !== undefined) continue;
    const perClass = source.classes.map(() => 0);
    for (const label of part.labels) perClass[label]!++;
    counts[split] = perClass;
  }
  const several = [...groups.values()].filter((images) => images.length > 1);
  return {
    classes: source.classes,
    ...(hasMasks(source) && {
      images: Object.fromEntries(parts.map(({ split, part }) => [split, part.count])),
    }),
    counts,
    bad,
    sizes: [...sizes]
      .map(([size, count]) => ({ size, count }))
      .sort((a, b) => b.count - a.count || (a.size < b.size ? -1 : 1)),
    duplicates: several.flatMap((images) =>
      partNames.flatMap((split) => duplicates(images.filter((image) => image.split === split))),
    ),
    acrossSplits: several
      .filter((images) => new Set(images.map(({ split }) => split)).size > 1)
      .flatMap(duplicates),
    remarks: [...remarks].map(([text, count]) => ({ text, count })),
    imbalance: Math.max(...counts.train!) / Math.min(...counts.train!),
  };
}

function duplicates(images: readonly Place[]): Duplicates[] {
  if (images.length < 2) return [];
  return [{ images, conflicting: new Set(images.map((image) => image.class)).size > 1 }];
}

type Examined =
  | {
      readonly size: string | null;
      readonly digest: string;
      readonly remarks: readonly string[];
      /** Classes of the pixels of its mask. */
      readonly seen: ReadonlySet<number>;
    }
  | { readonly reason: string };

async function examine(part: SourcePart, index: number, inputSize: number): Promise<Examined> {
  try {
    const hash = createHash('sha256');
    const seen = await classesSeen(part, index, inputSize, hash);
    if (part.native === undefined) {
      const pixels = new Uint8Array(inputSize * inputSize * 3);
      const remarks: string[] = [];
      await part.read(index, inputSize, pixels, (text) => remarks.push(text));
      return { size: null, digest: hash.update(pixels).digest('base64'), remarks, seen };
    }
    const { width, height, remarks } = await part.native(index, (pixels) => hash.update(pixels));
    const size = `${width}×${height}`;
    return { size, digest: hash.update(size).digest('base64'), remarks, seen };
  } catch (error) {
    if (error instanceof BadImageError) return { reason: error.message };
    throw error;
  }
}

/** The classes of an image's mask, which is a part of what is compared; none where it has no mask. */
async function classesSeen(
  part: SourcePart,
  index: number,
  inputSize: number,
  hash: Hash,
): Promise<ReadonlySet<number>> {
  if (part.mask === undefined) return new Set();
  const mask = new Uint8Array(inputSize * inputSize);
  await part.mask(index, inputSize, squeezed, mask);
  hash.update(mask);
  const seen = new Set(mask);
  seen.delete(IGNORED);
  return seen;
}
