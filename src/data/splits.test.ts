import { describe, expect, it } from 'vitest';
import type { DataConfig } from './options.js';
import { dataConfig } from './sample-data.testing.js';
import { holdOut, limitTo } from './select.js';
import type { DataSource, SourcePart } from './source.js';
import { selectSplits, type Selection } from './splits.js';

const classes = ['sea', 'town'];
const part = (count: number): SourcePart => ({
  count,
  labels: Uint16Array.from({ length: count }, (_, i) => i % 2),
  name: String,
  stamp: String,
  read: () => undefined,
});
const source: DataSource = { classes, notes: [], version: '1', train: part(40), test: part(20) };
const brought: DataSource = { ...source, validation: part(10) };

function select(changes: Partial<DataConfig>, of = source) {
  const notes: string[] = [];
  const splits = selectSplits(of, dataConfig(changes), notes);
  const numbers = ({ part: name, indices }: Selection): [string, number[]] => [name, [...indices]];
  const { train, validation, test } = splits;
  return { train: numbers(train), validation: numbers(validation), test: numbers(test), notes };
}

const limits = (changes: Partial<DataConfig['limit']>): DataConfig['limit'] => ({
  ...{ train: null, validation: null, test: null },
  ...changes,
});
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('selectSplits', () => {
  it('holds validation out of train by the share and the split seed', () => {
    for (const splitSeed of [0, 3]) {
      const held = holdOut(source.train.labels, classes, 0.2, splitSeed);
      expect(select({ validation: 0.2, splitSeed })).toEqual({
        train: ['train', [...held.train]],
        validation: ['train', [...held.validation]],
        test: ['test', upTo(20)],
        notes: [],
      });
    }
  });

  it('takes the test set, or the validation that the data brings, and then all of train', () => {
    const onTest = select({ validation: 'test' });
    expect([onTest.train, onTest.validation]).toEqual([
      ['train', upTo(40)],
      ['test', upTo(20)],
    ]);
    const own = select({ validation: 0.2 }, brought);
    expect([own.train, own.validation]).toEqual([
      ['train', upTo(40)],
      ['validation', upTo(10)],
    ]);
    // The config's word goes before what lies there.
    expect(select({ validation: 'test' }, brought).validation).toEqual(['test', upTo(20)]);
  });

  it('limits what is left of train after the hold-out, and each split by a draw of its own', () => {
    const limit = limits({ train: 8, validation: 4, test: 6 });
    const held = holdOut(source.train.labels, classes, 0.25, 0);
    const { labels } = source.train;
    expect(select({ limit })).toEqual({
      train: ['train', [...limitTo(held.train, labels, classes, 8, 0, 'train')]],
      validation: ['train', [...limitTo(held.validation, labels, classes, 4, 0, 'validation')]],
      test: ['test', [...limitTo(Uint32Array.from(upTo(20)), source.test.labels, classes, 6, 0, 'test')]],
      notes: [],
    });
    expect(select({ limit, splitSeed: 1 }).test).not.toEqual(select({ limit }).test);
  });

  it('gives a validation that is the test set the same images under the same limit', () => {
    const { validation, test } = select({ validation: 'test', limit: limits({ validation: 6, test: 6 }) });
    expect(validation).toEqual(test);
  });

  it('says of a limit that there are fewer images, and nothing where there are just as many', () => {
    const limit = limits({ train: 31, validation: 10, test: 21 });
    expect(select({ limit }).notes).toEqual([
      'data.limit.train is 31, but there are 30 images; all are used',
      'data.limit.test is 21, but there are 20 images; all are used',
    ]);
  });
});
