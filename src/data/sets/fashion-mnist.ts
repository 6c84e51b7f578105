import { defineDataSet, hasAny } from '../data-set.js';

const classes = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;
const images = { train: 60_000, test: 10_000 };
const train = { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' };
const test = { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' };

/** The gzipped file of that name, with its SHA-256. */
const remote = (name: string, sha256: string) =>
  ({
    url: `http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/${name}.gz`,
    format: 'as-is',
    sha256,
  }) as const;

/** Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): grey pictures of clothes in MNIST's format. */
export const fashionMnist = defineDataSet({
  name: 'fashion-mnist',
  title: 'Fashion-MNIST (Xiao, Rasul, Vollgraf 2017)',
  page: 'https://github.com/zalandoresearch/fashion-mnist',
  classes,
  images,
  imageSize: '28×28, grey',
  inputSize: 28,
  terms: 'MIT licence, Zalando SE.',
  notes: [
    'Grey values become three equal channels.',
    'MNIST’s files have the same names and shapes; which of the two lies in a folder cannot be told.',
  ],
  drawn: false,
  layout: 'the folder of the four -ubyte.gz files, or of the same unpacked',
  fetch: {
    files: [
      remote(train.images, '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84'),
      remote(train.labels, 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845'),
      remote(test.images, '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'),
      remote(test.labels, '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'),
    ],
    login: null,
    unpackedBytes: 31_000_000,
  },
  recognise: (dir) => hasAny(dir, train.images, `${train.images}.gz`),
  open: async (dir) => {
    const { openIdx } = await import('../formats/idx.js');
    return openIdx(dir, {
      name: 'fashion-mnist',
      title: 'Fashion-MNIST',
      train,
      test,
      classes,
      side: 28,
      published: images,
    });
  },
});
