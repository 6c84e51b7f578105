import type { SplitName } from './cache/image-set.js';
import type { DataConfig } from './options.js';
import { holdOut, limitTo } from './select.js';
import type { DataSource, SourcePart } from './source.js';

/** Which images of which part make a split. */
export interface Selection {
  readonly part: 'train' | 'test' | 'validation';
  readonly indices: Uint32Array;
}

/**
 * Which images make each split: validation is held out of train unless the set brings its own or the config takes
 * the test set, then the limits apply. `notes` gets what a reader of the results should know.
 */
export function selectSplits(
  source: DataSource,
  config: DataConfig,
  notes: string[],
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
    const held = holdOut(source.train.labels, classes, config.validation, config.splitSeed);
    train = held.train;
    validation = { part: 'train', indices: held.validation };
  }
  const limited = (split: SplitName, { part, indices }: Selection): Selection => {
    const limit = config.limit[split];
    if (limit === null) return { part, indices };
    if (limit > indices.length) {
      notes.push(`data.limit.${split} is ${limit}, but there are ${indices.length} images; all are used`);
    }
    // Keyed by the part: a validation that is the test set gets the same images under the same limit.
    const key = [config.splitSeed, part === 'test' ? 'test' : split];
    return { part, indices: limitTo(indices, source[part]!.labels, classes, limit, ...key) };
  };
  return {
    train: limited('train', { part: 'train', indices: train }),
    validation: limited('validation', validation),
    test: limited('test', { part: 'test', indices: all(source.test) }),
  };
}
