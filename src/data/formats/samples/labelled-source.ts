import { MOST_CLASSES } from '../../data-set.js';
import type { DataSource } from '../../source.js';
import { byCodePoint } from '../../source.js';
import { decodeVersion } from '../decode-image.js';
import { encodedPart, type EncodedImages } from '../encoded-part.js';
import { ProblemList } from './problem-list.js';
import { splitNames, type SplitOfSet } from './split-files.js';

/** Images of a split, each with what its label says, before that is a class. */
export interface LabelledImages extends Omit<EncodedImages, 'labels'> {
  /** Places of the labels in `texts`, an image each. */
  readonly labels: Uint32Array;
  /** What labels say, each once. */
  readonly texts: readonly string[];
}

export type LabelledSplits = Readonly<Partial<Record<SplitOfSet, LabelledImages>>> & {
  readonly train: LabelledImages;
};

interface Told {
  /** The classes in the order of their labels; null: what the labels of train say, numbers by size, words by code point. */
  readonly classes: readonly string[] | null;
  /** Where the list of classes comes from, for messages. */
  readonly listedIn: string;
  readonly notes: readonly string[];
}

/**
 * A data set out of images whose labels are texts: a class's name or its number. Without a test split the validation
 * split is what results are reported on, as for class folders; without either, nothing is tested.
 */
export function labelledSource(splits: LabelledSplits, { classes, listedIn, notes }: Told): DataSource {
  const problems = new ProblemList();
  const { names, placeOf } = readLabels(splits, classes, listedIn, problems);
  const parts = Object.fromEntries(
    splitNames.flatMap((split) => {
      const images = splits[split];
      return images === undefined ? [] : [[split, withPlaces(images, split, placeOf, problems)]];
    }),
  ) as Partial<Record<SplitOfSet, EncodedImages>>;
  problems.refuse('E_DATA_LABELS');
  const { train, validation, test } = parts;
  const tested = test ?? validation;
  const seen = new Set(train!.labels);
  const unseen = names.filter((_, c) => !seen.has(c));
  return {
    classes: names,
    version: decodeVersion,
    notes: [
      ...notes,
      ...(test === undefined && validation !== undefined ? ['test: the validation split'] : []),
      ...(tested === undefined ? ['there is no test split: `involve eval` has nothing to measure'] : []),
      ...(unseen.length === 0
        ? []
        : [`${unseen.length} of ${names.length} classes have no image in train: ${some(unseen)}`]),
    ],
    train: encodedPart(train!),
    test: encodedPart(tested ?? nothing),
    validation: test === undefined || validation === undefined ? undefined : encodedPart(validation),
  };
}

// --- internal ---

const nothing: EncodedImages = {
  labels: new Uint16Array(0),
  name: () => '',
  stamp: () => '',
  encoded: () => '',
};

/** What a label text stands for: the number of a class, or why it stands for none. */
type Placing = (text: string) => number | string;

/** Whole numbers as they are written without a sign or leading zeros. */
const wholeNumber = /^(0|[1-9]\d*)$/;

function readLabels(
  splits: LabelledSplits,
  given: readonly string[] | null,
  listedIn: string,
  problems: ProblemList,
): { readonly names: readonly string[]; readonly placeOf: Placing } {
  const texts = [...new Set(splitNames.flatMap((split) => splits[split]?.texts ?? []))];
  if (given !== null) {
    const places = new Map(given.map((name, place) => [name, place]));
    // A list of numbers may name the classes; else numbers are places in it.
    const areNames = texts.every((text) => places.has(text));
    const placeOf = (text: string): number | string => {
      const place = places.get(text);
      if (place !== undefined && (areNames || !wholeNumber.test(text))) return place;
      if (!/^-?\d+$/.test(text)) return `it is none of the ${given.length} classes of ${listedIn}`;
      return wholeNumber.test(text) && Number(text) < given.length
        ? Number(text)
        : `expected a label from 0 to ${given.length - 1}, a class of ${listedIn}`;
    };
    return { names: given, placeOf };
  }
  const trained = [...new Set(splits.train.texts)];
  const areNumbers = trained.every((text) => wholeNumber.test(text));
  const names = trained.sort(areNumbers ? (a, b) => Number(a) - Number(b) : byCodePoint);
  if (names.length < 2 || names.length > MOST_CLASSES) {
    problems.add({
      what:
        names.length < 2
          ? `expected labels of at least two classes in train, found ${names.length === 0 ? 'none' : `only ${JSON.stringify(names[0])}`}`
          : `${names.length.toLocaleString('en-US')} different labels in train: these are no classes`,
      where: splits.train.labels.length === 0 ? undefined : splits.train.name(0),
      try: 'say which column or member has the labels of the classes',
    });
  }
  const places = new Map(names.map((name, place) => [name, place]));
  return { names, placeOf: (text) => places.get(text) ?? 'no image of train has it' };
}

function withPlaces(
  images: LabelledImages,
  split: SplitOfSet,
  placeOf: Placing,
  problems: ProblemList,
): EncodedImages {
  const places = images.texts.map(placeOf);
  const labels = new Uint16Array(images.labels.length);
  images.labels.forEach((text, index) => {
    const place = places[text]!;
    if (typeof place === 'number') labels[index] = place;
    else
      problems.add({
        what: `the label ${JSON.stringify(images.texts[text])} of an image of ${split}: ${place}`,
        where: images.name(index),
        // As sets are published whose test labels are kept back.
        try:
          images.texts[text] === '-1'
            ? `-1 stands for no label: name the files of the other splits, and none for ${split}`
            : undefined,
      });
  });
  return { ...images, labels };
}

function some(names: readonly string[]): string {
  return names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
}
