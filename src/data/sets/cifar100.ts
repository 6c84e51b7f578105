import { defineDataSet, hasAny } from '../data-set.js';

/** The 20 groups, and the 100 classes, as the archive's files name them. */
const coarse = (
  'aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices ' +
  'household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes ' +
  'large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals trees ' +
  'vehicles_1 vehicles_2'
).split(' ');
const fine = (
  'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can ' +
  'castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin ' +
  'elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster ' +
  'man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck ' +
  'pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk ' +
  'skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger ' +
  'tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm'
).split(' ');

/** CIFAR-100, binary version (Krizhevsky 2009): two files of records with a coarse and a fine label. */
export const cifar100 = defineDataSet({
  name: 'cifar100',
  title: 'CIFAR-100, binary version (Krizhevsky 2009)',
  page: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  options: ({ z }) => ({
    labels: z
      .enum(['fine', 'coarse'])
      .optional()
      .describe('Which labels of cifar100: its 100 classes (fine, the default) or their 20 groups (coarse).'),
  }),
  classes: ({ labels }) => (labels === 'coarse' ? coarse : fine),
  images: { train: 50_000, test: 10_000 },
  imageSize: '32×32',
  inputSize: 32,
  terms: 'None stated; its page asks to cite the technical report.',
  notes: ['data.labels says which labels are learned: fine (100 classes) or coarse (20 groups of five).'],
  drawn: false,
  layout: 'the folder of train.bin and test.bin, or the one above',
  fetch: {
    files: [
      {
        url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
        format: 'tar.gz',
        sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
      },
    ],
    login: null,
    unpackedBytes: 184_500_000,
  },
  recognise: (dir) => hasAny(dir, 'cifar-100-binary/train.bin', 'fine_label_names.txt'),
  open: async (dir, { labels }) => {
    const { openCifarBinary } = await import('../formats/cifar-binary.js');
    return openCifarBinary(dir, {
      name: 'cifar100',
      title: 'CIFAR-100',
      folder: 'cifar-100-binary',
      train: [{ file: 'train.bin', records: 50_000 }],
      test: [{ file: 'test.bin', records: 10_000 }],
      labels: [
        { kind: 'coarse', classes: coarse, names: 'coarse_label_names.txt' },
        { kind: 'fine', classes: fine, names: 'fine_label_names.txt' },
      ],
      label: labels === 'coarse' ? 0 : 1,
    });
  },
});
