import { defineDataSet, hasAny } from '../data-set.js';

const classes = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/** CIFAR-10, binary version (Krizhevsky 2009): six files of 10,000 records. */
export const cifar10 = defineDataSet({
  name: 'cifar10',
  title: 'CIFAR-10, binary version (Krizhevsky 2009)',
  page: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  classes,
  images: { train: 50_000, test: 10_000 },
  imageSize: '32×32',
  inputSize: 32,
  terms: 'None stated; its page asks to cite the technical report.',
  notes: [],
  drawn: false,
  layout: 'the folder of the six .bin files, or the one above',
  fetch: {
    files: [
      {
        url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
        format: 'tar.gz',
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      },
    ],
    login: null,
    unpackedBytes: 184_380_000,
  },
  recognise: (dir) => hasAny(dir, 'data_batch_1.bin', 'cifar-10-batches-bin/data_batch_1.bin'),
  open: async (dir) => {
    const { openCifarBinary } = await import('../formats/cifar-binary.js');
    return openCifarBinary(dir, {
      name: 'cifar10',
      title: 'CIFAR-10',
      folder: 'cifar-10-batches-bin',
      train: [1, 2, 3, 4, 5].map((i) => ({ file: `data_batch_${i}.bin`, records: 10_000 })),
      test: [{ file: 'test_batch.bin', records: 10_000 }],
      labels: [{ kind: '', classes, names: null }],
      label: 0,
    });
  },
});
