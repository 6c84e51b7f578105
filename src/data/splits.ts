import type { SplitName } from './cache/image-set.js';
import type { DataConfig } from './options.js';
import { holdOut, limitGood, withoutBad, type Bad } from './select.js';
import type { DataSource, SourcePart } from './source.js';

/** Which images of which part make a split. */
export interface Selection {
  readonly part: PartName;
  readonly indices: Uint32Array;
}

export type PartName = 'train' | 'test' | 'validation';

export type BadOfParts = Readonly<Partial<Record<PartName, Bad>>>;

const noBad: Bad = new Set();

/**
 * Which images make each split: validation is held out of train unless the set brings its own or the config takes
 * the test set, then the limits apply. `notes` gets what a reader of the results should know.
 * @param bad images of each part that are known to be of no use: no draw takes them
 * @param sample most images of train, whatever its limit
 */
export function selectSplits(
  source: DataSource,
  config: DataConfig,
  notes: string[],
  { bad = {}, sample }: { readonly bad?: BadOfParts; readonly sample?: number } = {},
): Record<SplitName, Selection> {
  const { classes } = source;
  const all = (part: SourcePart): Uint32Array => Uint32Array.from({ length: part.count }, (_, i) => i);
  let train = all(source.train);
  let validation: Selection;
  if (config.validation === 'test') {
    validation = { part: 'test', indices: all(source.test) };
    notes.push('validation: the test set, as data.validation says; its figures are no estimate of new data');
  } else if (source.validation !== undefined) {
    validation = { part: 'validation', indices: all(source.validation) };
    notes.push('validation: the folder that the data set brings; the share in data.validation has no effect');
  } else {
    const held = holdOut(source.train.labels, classes, config.validation, config.splitSeed, bad.train);
    train = held.train;
    validation = { part: 'train', indices: held.validation };
  }
  const limited = (split: SplitName, { part, indices }: Selection): Selection => {
    const asked = config.limit[split];
    const badOnes = bad[part] ?? noBad;
    const good = withoutBad(indices, badOnes);
    if (asked !== null && asked > good.length) {
      notes.push(`data.limit.${split} is ${asked}, but there are ${good.length} images; all are used`);
    }
    const most = split === 'train' ? (sample ?? Infinity) : Infinity;
    const limit = Math.min(asked ?? Infinity, most);
    if (limit === Infinity) return { part, indices: good };
    // Keyed by the part: a validation that is the test set gets the same images under the same limit.
    const key = [config.splitSeed, part === 'test' ? 'test' : split];
    const { labels } = source[part]!;
    return { part, indices: limitGood(indices, { labels, classes, bad: badOnes }, limit, ...key) };
  };
  return {
    train: limited('train', { part: 'train', indices: train }),
    validation: limited('validation', validation),
    test: limited('test', { part: 'test', indices: all(source.test) }),
  };
}
