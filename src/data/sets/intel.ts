import { defineDataSet, hasAny } from '../data-set.js';

/** Copies in the wild differ by an image or so. */
const images = { train: 14_034, test: 3_000 };

/** The Intel Image Classification set of Kaggle: photographs of six kinds of scenes. */
export const intel = defineDataSet({
  name: 'intel',
  title: 'Intel Image Classification (six classes of scenes)',
  page: 'https://www.kaggle.com/datasets/puneet6060/intel-image-classification',
  classes: ['buildings', 'forest', 'glacier', 'mountain', 'sea', 'street'],
  images,
  imageSize: '150×150, a few smaller',
  inputSize: 150,
  terms: 'Not stated; see its page.',
  notes: [
    'Known flaws, left in: 15 groups of equal images within train, 10 of them under two labels; 3 test images that are also in train under another label. `involve data check intel` lists them.',
    'The 7,301 unlabelled images of seg_pred are not unpacked.',
    'Copies in the wild differ by an image; another number of images is a warning.',
  ],
  drawn: false,
  layout: 'seg_train/seg_train/<class>/* and seg_test/seg_test/<class>/*',
  fetch: {
    files: [
      {
        url: 'https://www.kaggle.com/api/v1/datasets/download/puneet6060/intel-image-classification',
        format: 'zip',
        sha256: null,
        only: ['seg_train', 'seg_test'],
      },
    ],
    login: 'kaggle',
    unpackedBytes: 300_000_000,
  },
  recognise: async (dir) => {
    if (hasAny(dir, 'train')) return false; // class folders of the user's own, whatever else lies there
    const { findIntel } = await import('./intel/open.js');
    return findIntel(dir) !== null;
  },
  open: async (dir, _own, _cacheDir, signal) => {
    const { openIntel } = await import('./intel/open.js');
    return openIntel(dir, images, signal);
  },
});
