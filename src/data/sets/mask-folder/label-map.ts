import { readClassNames } from '../../formats/samples/class-names.js';
import { badInput } from '../../../util/errors.js';
import { IGNORED, MOST_MASK_CLASSES } from '../../target.js';

/** What the numbers in masks mean. */
export interface LabelMap {
  readonly classes: readonly string[];
  /** The class of each byte, `IGNORED` for what counts for nothing, −1 for a number that no mask should have. */
  readonly classOf: Int16Array;
}

/** Names in the order of the numbers, from 0; what counts for nothing is 255. */
export function labelsInOrder(classes: readonly string[]): LabelMap {
  const classOf = new Int16Array(256).fill(-1);
  classes.forEach((_, c) => (classOf[c] = c));
  classOf[IGNORED] = IGNORED;
  return { classes, classOf };
}

/** Names by number; several numbers may have one name, and numbers without a name count for nothing. */
export function labelsByNumber(named: readonly (readonly [number: number, name: string])[]): LabelMap {
  const classes = [...new Set(named.map(([, name]) => name))];
  const classOf = new Int16Array(256).fill(IGNORED);
  for (const [number, name] of named) classOf[number] = classes.indexOf(name);
  return { classes, classOf };
}

/**
 * The labels that a file lists: a name a line, or a number and a name in each; null where there is no such file and none
 * was asked for.
 * @throws InvolveError (exit code 2) for lists of neither
 */
export function readLabelMap(dir: string, given: string | null): LabelMap | null {
  const lines = readClassNames(dir, given, 'data.maskFolder.classes');
  if (lines === null) return null;
  const numbered = lines.map((line) => /^(\d+)[\s,:]+(\S.*)$/.exec(line));
  const where = given ?? 'classes.txt';
  if (numbered.every((match) => match === null)) {
    if (lines.length <= MOST_MASK_CLASSES) return labelsInOrder(lines);
    throw badInput('E_DATA_CLASSES', {
      what: `masks tell at most ${MOST_MASK_CLASSES} classes apart, and the list has ${lines.length}`,
      where,
    });
  }
  const wrong = numbered.findIndex((match) => match === null || Number(match[1]) > 255);
  if (wrong >= 0) {
    throw badInput('E_DATA_CLASSES', {
      what: `some lines begin with a number, and line ${wrong + 1} has none from 0 to 255: ${lines[wrong]!}`,
      where,
      try: 'a name in each line, or a number and a name in each',
    });
  }
  return labelsByNumber(numbered.map((match): [number, string] => [Number(match![1]), match![2]!]));
}

/** Pascal VOC's (Everingham et al. 2010, table 1), with the background first. */
export const pascalVoc = labelsInOrder([
  ...['background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow'],
  ...['diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train'],
  'tvmonitor',
]);

/** Cityscapes' 19 classes that are evaluated, by the numbers of its labelIds (Cordts et al. 2016; its scripts' labels.py). */
export const cityscapes = labelsByNumber([
  ...([
    [7, 'road'],
    [8, 'sidewalk'],
    [11, 'building'],
    [12, 'wall'],
    [13, 'fence'],
    [17, 'pole'],
  ] as const),
  ...([
    [19, 'traffic light'],
    [20, 'traffic sign'],
    [21, 'vegetation'],
    [22, 'terrain'],
    [23, 'sky'],
  ] as const),
  ...([
    [24, 'person'],
    [25, 'rider'],
    [26, 'car'],
    [27, 'truck'],
    [28, 'bus'],
    [31, 'train'],
  ] as const),
  ...([
    [32, 'motorcycle'],
    [33, 'bicycle'],
  ] as const),
]);
