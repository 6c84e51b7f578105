import { join } from 'node:path';
import { readClassNames } from '../../formats/samples/class-names.js';
import { joinedImages } from '../../formats/samples/joined-images.js';
import {
  labelledSource,
  type LabelledImages,
  type LabelledSplits,
} from '../../formats/samples/labelled-source.js';
import { ProblemList } from '../../formats/samples/problem-list.js';
import { splitFiles, splitNames } from '../../formats/samples/split-files.js';
import { storedAt } from '../../formats/stored-at.js';
import { turns } from '../../parallel.js';
import type { DataSource } from '../../source.js';
import { sampleLayout } from './samples.js';
import { openShard, placeIn, type Shard } from './shard.js';

/** `data.shards` of the config. */
export interface ShardOptions {
  readonly train: string | null;
  readonly validation: string | null;
  readonly test: string | null;
  readonly label: string;
  readonly image: string | null;
  readonly classes: string | null;
}

const usual: ShardOptions = {
  train: null,
  validation: null,
  test: null,
  label: 'cls',
  image: null,
  classes: null,
};

/**
 * Lists tar shards; images are read from them by their place, nothing is unpacked.
 * @param cacheDir where the indexes of shards are kept
 * @param signal stops before the next shard
 * @throws the reason of `signal`
 */
export async function openTarShards(
  dir: string,
  given: ShardOptions = usual,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<DataSource> {
  const breathe = turns(signal);
  const problems = new ProblemList();
  const files = splitFiles(dir, given, { key: 'data.shards', extension: '.tar' }, problems);
  problems.refuse('E_DATA_LAYOUT');
  const classes = readClassNames(dir, given.classes, 'data.shards.classes');
  const layout = sampleLayout(given.label, given.image);
  const notes: string[] = [];
  const splits: Partial<Record<string, LabelledImages>> = {};
  for (const split of splitNames) {
    if (files[split] === undefined) continue;
    const shards: Shard[] = [];
    for (const name of files[split]) {
      await breathe();
      shards.push(openShard(join(dir, name), name, layout, cacheDir, problems));
    }
    notes.push(...shards.flatMap((shard) => shard.notes));
    splits[split] = joinedImages(
      shards.map((shard) => ({
        labels: shard.labels,
        texts: shard.texts,
        name: (index) => `${shard.path}#${shard.keys.at(index)}`,
        stamp: (index) => `${shard.name}|${shard.state}|${shard.offsets[index]!}|${shard.keys.at(index)}`,
        encoded: (index) => storedAt(placeIn(shard, index)),
        place: (index) => placeIn(shard, index),
      })),
    );
  }
  problems.refuse('E_DATA_SHARDS');
  return labelledSource(splits as LabelledSplits, {
    classes,
    listedIn: given.classes ?? 'classes.txt',
    notes,
  });
}
