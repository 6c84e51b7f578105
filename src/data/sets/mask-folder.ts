import { defineDataSet, hasAny } from '../data-set.js';
import { classesKey } from './split-keys.js';

/** Images and masks of the same names, as people lay them out, Pascal VOC or Cityscapes. */
export const maskFolder = defineDataSet({
  name: 'mask-folder',
  title: 'A folder of images, and one of their masks',
  page: null,
  target: 'mask',
  options: (parts) => ({
    maskFolder: parts.z
      .strictObject({
        layout: parts.z
          .enum(['auto', 'folders', 'pascal-voc', 'cityscapes'])
          .default('auto')
          .describe('How the files lie; auto: as the names of the folders say.'),
        classes: classesKey(parts, 'classes.txt; Pascal VOC and Cityscapes have their own'),
      })
      .optional()
      .describe('How images and masks lie, and what their labels mean (data.name mask-folder).'),
  }),
  classes: null,
  images: null,
  imageSize: 'any',
  inputSize: 256,
  terms: 'Those of the images.',
  notes: [],
  drawn: false,
  layout: 'images/<split>/*, masks/<split>/*.png and classes.txt; Pascal VOC; Cityscapes',
  fetch: null,
  recognise: (dir) =>
    hasAny(dir, 'gtFine', 'SegmentationClass') ||
    (hasAny(dir, 'images') && hasAny(dir, 'masks', 'annotations')),
  open: async (dir, own) => {
    const { openMaskFolder } = await import('./mask-folder/open.js');
    return openMaskFolder(dir, own.maskFolder);
  },
});
