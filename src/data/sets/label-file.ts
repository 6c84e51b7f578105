import { defineDataSet, hasAny } from '../data-set.js';
import { classesKey } from './split-keys.js';

/** Images in a folder, and a table beside them that says what each shows, as the Hub's imagefolder has it. */
export const labelFile = defineDataSet({
  name: 'label-file',
  title: 'A folder of images, and a file of their labels',
  page: null,
  options: (parts) => ({
    labelFile: parts.z
      .strictObject({
        file: parts.z
          .string()
          .nullable()
          .default(null)
          .describe(
            'The file, .csv, .tsv or .jsonl; null: metadata.csv or metadata.jsonl, there or in each split.',
          ),
        image: parts.z
          .string()
          .default('file_name')
          .describe('Column of the paths, relative to the folder of the file.'),
        label: parts.z
          .string()
          .default('label')
          .describe('Column of the labels: numbers or names of classes.'),
        split: parts.z
          .string()
          .nullable()
          .default(null)
          .describe('Column of the splits; null: the folder that a path begins with, else train.'),
        classes: classesKey(parts, 'classes.txt, where it is there'),
      })
      .optional()
      .describe('The table of the labels and its columns (data.name label-file).'),
  }),
  classes: null,
  images: null,
  imageSize: 'any',
  inputSize: 224,
  terms: 'Those of the images.',
  notes: [],
  drawn: false,
  layout: 'images and a metadata.csv of file_name,label (or data.labelFile)',
  fetch: null,
  recognise: async (dir) => {
    if (hasAny(dir, 'metadata.csv', 'metadata.jsonl', 'train/metadata.csv', 'train/metadata.jsonl'))
      return true;
    if (hasAny(dir, 'train')) return false; // class folders, whatever lies beside them
    const { tablesBelow } = await import('./label-file/tables.js');
    return tablesBelow(dir).length > 0;
  },
  open: async (dir, own, cacheDir, signal) => {
    const { openLabelFile } = await import('./label-file/open.js');
    return openLabelFile(dir, own.labelFile, cacheDir, signal);
  },
});
