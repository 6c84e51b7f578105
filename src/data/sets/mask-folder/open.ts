import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { badInput } from '../../../util/errors.js';
import { fitMask } from '../../masks/fit-mask.js';
import { decodeVersion } from '../../formats/decode-image.js';
import { encodedPart } from '../../formats/encoded-part.js';
import { FileStamps } from '../../formats/file-stamp.js';
import type { DataSource, SourcePart } from '../../source.js';
import { cityscapes, pascalVoc, readLabelMap, type LabelMap } from './label-map.js';
import { listCityscapes, listFolders, listPascalVoc, type Listed, type Pair } from './layouts.js';
import { readMask } from './read-mask.js';

/** `data.maskFolder` of the config. */
export interface MaskFolderOptions {
  readonly layout: 'auto' | Layout;
  readonly classes: string | null;
}

type Layout = 'folders' | 'pascal-voc' | 'cityscapes';

/** How the files of each layout are listed, and what their labels mean where no file says so. */
const LAYOUTS: Readonly<Record<Layout, { list: (dir: string) => Listed; labels: LabelMap | null }>> = {
  folders: { list: listFolders, labels: null },
  'pascal-voc': { list: listPascalVoc, labels: pascalVoc },
  cityscapes: { list: listCityscapes, labels: cityscapes },
};

/**
 * Lists images and their masks; none is decoded. With `train` and one other split, that one is the test set, and
 * validation is held out of train, as for class folders.
 * @throws InvolveError (exit code 2) for another layout, images without masks, and labels that nobody names
 */
export function openMaskFolder(
  dir: string,
  { layout, classes: file }: MaskFolderOptions = { layout: 'auto', classes: null },
): DataSource {
  const { list, labels: usual } = LAYOUTS[layout === 'auto' ? layoutOf(dir) : layout];
  const { splits, notes } = list(dir);
  const labels = readLabelMap(dir, file) ?? usual;
  if (labels === null) {
    throw badInput('E_DATA_CLASSES', {
      what: 'nothing says what the labels of the masks mean',
      where: join(dir, 'classes.txt'),
      try: 'write the names of the classes there, one a line, in the order of the labels from 0; or a number and a name in each line',
    });
  }
  const { train, validation, test } = splits;
  if (train === undefined || (validation ?? test) === undefined) {
    throw badInput('E_DATA_LAYOUT', {
      what: `there are no ${train === undefined ? 'images to train on' : 'images to test on'} with masks`,
      where: dir,
      try: 'lay it out as images/train/*.jpg, masks/train/*.png, images/val/*.jpg and masks/val/*.png',
    });
  }
  const meaning = createHash('sha256').update(labels.classOf).update(labels.classes.join('\n')).digest('hex');
  const part = (pairs: readonly Pair[]): SourcePart => maskedPart(dir, pairs, labels);
  return {
    classes: labels.classes,
    notes: [
      ...(test === undefined ? ['test: the images of val, as there are no others with masks'] : []),
      ...notes,
    ],
    version: `${decodeVersion}|masks-1|${meaning.slice(0, 16)}`,
    train: part(train),
    test: part(test ?? validation!),
    ...(test !== undefined && validation !== undefined && { validation: part(validation) }),
  };
}

// --- internal ---

function layoutOf(dir: string): Layout {
  if (existsSync(join(dir, 'SegmentationClass'))) return 'pascal-voc';
  return existsSync(join(dir, 'gtFine')) ? 'cityscapes' : 'folders';
}

function maskedPart(dir: string, pairs: readonly Pair[], labels: LabelMap): SourcePart {
  const path = (index: number): string => join(dir, pairs[index]!.image);
  const maskPath = (index: number): string => join(dir, pairs[index]!.mask);
  const images = new FileStamps(pairs.length, (index) => pairs[index]!.image, path);
  const masks = new FileStamps(pairs.length, (index) => pairs[index]!.mask, maskPath);
  return {
    ...encodedPart({
      labels: new Uint16Array(pairs.length),
      name: path,
      stamp: (index) => `${images.at(index)}|${masks.at(index)}`,
      encoded: path,
    }),
    mask: async (index, size, fit, out) =>
      fitMask(await readMask(maskPath(index), path(index), labels), fit, size, out),
  };
}
