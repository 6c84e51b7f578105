import { defineDataSet, hasAny } from '../data-set.js';

/** Any tree of class folders: the user's own images, or a set that comes so, such as ImageNet. */
export const imageFolder = defineDataSet({
  name: 'image-folder',
  title: 'Folders of images, one a class',
  page: null,
  classes: null,
  images: null,
  imageSize: 'any',
  inputSize: 224,
  terms: 'Those of the images.',
  notes: [],
  drawn: false,
  layout: 'train/<class>/* and test/<class>/*',
  fetch: null,
  recognise: (dir) => hasAny(dir, 'train'),
  open: async (dir, _own, cacheDir, signal) => {
    const { openImageFolder } = await import('./image-folder/open.js');
    return openImageFolder(dir, cacheDir, signal);
  },
});
