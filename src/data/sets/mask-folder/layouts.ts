import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { imageExtensions } from '../../formats/decode-image.js';
import { readFolder } from '../../formats/read-folder.js';
import { isAside } from '../../formats/class-folder.js';
import { ProblemList } from '../../formats/samples/problem-list.js';
import { byCodePoint } from '../../source.js';
import { badInput, type Problem } from '../../../util/errors.js';

export type SplitName = 'train' | 'validation' | 'test';

/** An image and its mask, as paths relative to the data folder. */
export interface Pair {
  readonly image: string;
  readonly mask: string;
}

export interface Listed {
  readonly splits: Partial<Record<SplitName, readonly Pair[]>>;
  readonly notes: readonly string[];
}

/** What people call the splits. */
const SPLITS: Readonly<Record<SplitName, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['val', 'validation', 'valid', 'dev'],
  test: ['test', 'testing'],
};
const MASKS = ['masks', 'annotations', 'labels'];

/**
 * `images/<split>/**` and `masks/<split>/**` (ADE20K's `annotations` will do), or `<split>/images/**` and
 * `<split>/masks/**`.
 * @throws InvolveError (exit code 2) for images without masks
 */
export function listFolders(dir: string): Listed {
  const found = Object.entries(SPLITS).flatMap(([split, names]) => {
    const ways = names.flatMap((name) =>
      MASKS.flatMap((masks) => [
        [join('images', name), join(masks, name)],
        [join(name, 'images'), join(name, masks)],
      ]),
    );
    const way = ways.find((folders) => folders.every((folder) => existsSync(join(dir, folder))));
    return way === undefined ? [] : [{ split: split as SplitName, images: way[0]!, masks: way[1]! }];
  });
  return listed(
    found.map(({ split, images, masks }) => {
      const below = filesBelow(dir, masks);
      const maskOf = new Map(below.map((path) => [stem(path.slice(masks.length)), path]));
      const pairs = imagesBelow(dir, images).map((image) => ({
        image,
        mask: maskOf.get(stem(image.slice(images.length))),
      }));
      const used = new Set(pairs.map(({ mask }) => mask));
      return {
        split,
        pairs,
        wanted: (image: string) => `${join(masks, image.slice(images.length))} with the ending .png`,
        spare: below.filter((path) => !used.has(path)).length,
      };
    }),
    dir,
  );
}

/** `JPEGImages/`, `SegmentationClass/` and the lists of `ImageSets/Segmentation/`. */
export function listPascalVoc(dir: string): Listed {
  const lists = join('ImageSets', 'Segmentation');
  const splits = (['train', 'val', 'test'] as const).flatMap((name) => {
    const path = join(dir, lists, `${name}.txt`);
    if (!existsSync(path)) return [];
    const names = readFileSync(path, 'utf8')
      .split(/\s+/)
      .filter((each) => each !== '');
    const pairs = names.map((each) => {
      const mask = join('SegmentationClass', `${each}.png`);
      return {
        image: join('JPEGImages', `${each}.jpg`),
        mask: existsSync(join(dir, mask)) ? mask : undefined,
      };
    });
    // Test images of the challenge have no masks that are public.
    if (name === 'test' && pairs.every(({ mask }) => mask === undefined)) return [];
    const wanted = (image: string): string => join('SegmentationClass', `${stem(basename(image))}.png`);
    return [{ split: name === 'val' ? ('validation' as const) : name, pairs, wanted, spare: 0 }];
  });
  return listed(splits, dir);
}

/** `leftImg8bit/<split>/<city>/*_leftImg8bit.png` and `gtFine/<split>/<city>/*_gtFine_labelIds.png`. */
export function listCityscapes(dir: string): Listed {
  const [images, masks] = ['leftImg8bit', 'gtFine'];
  // The masks of its test images are blank: they are not public.
  const splits = (['train', 'val'] as const)
    .filter((name) => existsSync(join(dir, images, name)))
    .map((name) => {
      const maskOf = (image: string): string =>
        image.replace(images, masks).replace(/_leftImg8bit\.\w+$/, '_gtFine_labelIds.png');
      const pairs = imagesBelow(dir, join(images, name)).map((image) => ({
        image,
        mask: existsSync(join(dir, maskOf(image))) ? maskOf(image) : undefined,
      }));
      return { split: name === 'val' ? ('validation' as const) : name, pairs, wanted: maskOf, spare: 0 };
    });
  return listed(splits, dir);
}

// --- internal ---

interface SplitFound {
  readonly split: SplitName;
  readonly pairs: readonly { readonly image: string; readonly mask: string | undefined }[];
  /** What the mask of an image would be called. */
  readonly wanted: (image: string) => string;
  /** Masks without an image. */
  readonly spare: number;
}

function listed(found: readonly SplitFound[], dir: string): Listed {
  const problems = new ProblemList();
  const notes: string[] = [];
  for (const { split, pairs, wanted, spare } of found) {
    for (const { image, mask } of pairs) {
      if (mask !== undefined) continue;
      problems.add({
        what: 'an image without a mask',
        where: join(dir, image),
        try: `its mask belongs at ${join(dir, wanted(image))}; or remove the image`,
      });
    }
    if (spare > 0)
      notes.push(`${spare} ${spare === 1 ? 'mask' : 'masks'} of ${split} without an image: not used`);
  }
  problems.refuse('E_DATA_MASKS');
  const splits = Object.fromEntries(found.map(({ split, pairs }) => [split, pairs as readonly Pair[]]));
  return { splits, notes };
}

function imagesBelow(dir: string, folder: string): string[] {
  return filesBelow(dir, folder).filter((path) => imageExtensions.has(extname(path).toLowerCase()));
}

/** Files below a folder at any depth, without hidden ones, in the order of their names. */
function filesBelow(dir: string, folder: string): string[] {
  const problems: Problem[] = [];
  const entries = readFolder(join(dir, folder), problems).filter((entry) => !isAside(entry));
  if (problems.length > 0) throw badInput('E_DATA_LAYOUT', problems);
  return entries
    .sort((a, b) => byCodePoint(a.name, b.name))
    .flatMap(({ name, kind, link }) => {
      const path = join(folder, name);
      // A link to a folder may go in a circle.
      if (kind === 'folder') return link === undefined ? filesBelow(dir, path) : [];
      return kind === 'file' ? [path] : [];
    });
}

function stem(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}
