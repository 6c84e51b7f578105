import { defineDataSet } from '../data-set.js';
import { classesKey, splitFileKeys } from './split-keys.js';

/** Parquet files with the bytes of images in a column, as the Hugging Face Hub has data sets. */
export const parquet = defineDataSet({
  name: 'parquet',
  title: 'Parquet files with images in them, as on the Hugging Face Hub',
  page: null,
  options: (parts) => ({
    parquet: parts.z
      .strictObject({
        ...splitFileKeys(parts),
        image: parts.z.string().default('image').describe('Column of the images: bytes, or { bytes, path }.'),
        label: parts.z
          .string()
          .default('label')
          .describe('Column of the labels: numbers or names of classes.'),
        classes: classesKey(parts, "those of the label's ClassLabel, or classes.txt"),
      })
      .optional()
      .describe(
        'Which Parquet files make the splits, such as data/train-*.parquet, and which columns are read (data.name parquet).',
      ),
  }),
  classes: null,
  images: null,
  imageSize: 'any',
  inputSize: 224,
  terms: 'Those of the images.',
  notes: [],
  drawn: false,
  layout: 'train-00000-of-00002.parquet and test-00000-of-00001.parquet, there or in data/',
  fetch: null,
  recognise: async (dir) => {
    const { hasFileBelow } = await import('../formats/samples/split-files.js');
    return hasFileBelow(dir, '.parquet');
  },
  open: async (dir, own, cacheDir, signal) => {
    const { openParquet } = await import('./parquet/open.js');
    return openParquet(dir, own.parquet, cacheDir, signal);
  },
});
