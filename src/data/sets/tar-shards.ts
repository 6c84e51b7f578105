import { defineDataSet } from '../data-set.js';
import { classesKey, splitFileKeys } from './split-keys.js';

/** Shards in the layout of WebDataset: tar archives in which the members of an image share a name up to its first dot. */
export const tarShards = defineDataSet({
  name: 'tar-shards',
  title: 'Tar shards in the layout of WebDataset',
  page: null,
  options: (parts) => ({
    shards: parts.z
      .strictObject({
        ...splitFileKeys(parts),
        label: parts.z
          .string()
          .default('cls')
          .describe('Extension of the member with the label; json.label: the field label of a .json.'),
        image: parts.z
          .string()
          .nullable()
          .default(null)
          .describe('Extension of the member with the image; null: whichever is one.'),
        classes: classesKey(parts, 'classes.txt, where it is there'),
      })
      .optional()
      .describe(
        'Which tar shards make the splits, such as train-{000000..000009}.tar or train-*.tar, and where labels are (data.name tar-shards).',
      ),
  }),
  classes: null,
  images: null,
  imageSize: 'any',
  inputSize: 224,
  terms: 'Those of the images.',
  notes: [],
  drawn: false,
  layout: 'train-*.tar and test-*.tar of members KEY.jpg and KEY.cls',
  fetch: null,
  recognise: async (dir) => {
    const { hasFileBelow } = await import('../formats/samples/split-files.js');
    return hasFileBelow(dir, '.tar');
  },
  open: async (dir, own, cacheDir, signal) => {
    const { openTarShards } = await import('./tar-shards/open.js');
    return openTarShards(dir, own.shards, cacheDir, signal);
  },
});
