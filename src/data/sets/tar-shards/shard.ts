import { closeSync, fstatSync, openSync } from 'node:fs';
import { fileKind } from '../../formats/file-kind.js';
import { fileState } from '../../formats/file-stamp.js';
import type { ProblemList } from '../../formats/samples/problem-list.js';
import { TarDamage, TarReader, tarMembers, type TarMember } from '../../formats/tar/tar-members.js';
import { indexPath, isSettled, readIndex, writeIndex } from '../../index/index-file.js';
import { PackedStrings, packStrings } from '../../index/packed-strings.js';
import { reading } from '../../read-problem.js';
import type { ImagePlace } from '../../source.js';
import { samplesOf, type Sample, type SampleLayout } from './samples.js';

/** The samples of one shard. */
export interface Shard {
  readonly path: string;
  /** Its name within its set. */
  readonly name: string;
  /** What `fileState` says of the archive. */
  readonly state: string;
  readonly keys: PackedStrings;
  /** Where the bytes of each image begin in the archive, and how many they are. */
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  /** Places in `texts`. */
  readonly labels: Uint32Array;
  readonly texts: readonly string[];
  readonly notes: readonly string[];
}

/** Changes when the same archive would give another index. */
const rules = 'shard-1';

type Head = Pick<Shard, 'state' | 'texts' | 'notes'>;

/**
 * The samples of a shard, from its index where that is kept and the archive is as it was, else from its headers and labels.
 * @param name of the shard within its set
 * @param problems gets what is wrong with it; its index is kept only if nothing is
 */
export function openShard(
  path: string,
  name: string,
  layout: SampleLayout,
  cacheDir: string,
  problems: ProblemList,
): Shard {
  const key = JSON.stringify([rules, path, name, layout]);
  const place = indexPath(cacheDir, 'shard', key);
  const state = fileState(path);
  const kept = readIndex<Head>(place, key);
  if (kept?.head.state === state) {
    const { bytes, ends, offsets, sizes, labels } = kept.arrays as unknown as Arrays;
    return { path, name, ...kept.head, keys: new PackedStrings(bytes, ends), offsets, sizes, labels };
  }
  const before = problems.count;
  const { samples, notes } = readShard(path, name, layout, problems);
  const places = new Map<string, number>();
  for (const { label } of samples) if (!places.has(label)) places.set(label, places.size);
  const head: Head = { state, texts: [...places.keys()], notes };
  const keys = packStrings(samples.map((sample) => sample.key));
  const arrays: Arrays = {
    bytes: keys.bytes,
    ends: keys.ends,
    offsets: Float64Array.from(samples, ({ offset }) => offset),
    sizes: Float64Array.from(samples, ({ size }) => size),
    labels: Uint32Array.from(samples, ({ label }) => places.get(label)!),
  };
  if (problems.count === before && isSettled(path) && fileState(path) === state)
    writeIndex(place, key, { head, arrays: { ...arrays } });
  return { path, name, ...head, keys, offsets: arrays.offsets, sizes: arrays.sizes, labels: arrays.labels };
}

/** Where an image of a shard lies. */
export function placeIn({ path, state, offsets, sizes }: Shard, index: number): ImagePlace {
  return { path, stretch: { offset: offsets[index]!, length: sizes[index]! }, state };
}

// --- internal ---

interface Arrays {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  readonly labels: Uint32Array;
}

function readShard(
  path: string,
  name: string,
  layout: SampleLayout,
  problems: ProblemList,
): { readonly samples: readonly Sample[]; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const file = reading('the shard', path, () => openSync(path, 'r'));
  try {
    const { size } = fstatSync(file);
    if (size === 0) throw new TarDamage('empty (0 bytes)', 0);
    const reader = new TarReader(file, size);
    const read = ({ offset, size }: TarMember): Buffer => reader.bytes(offset, size);
    const members = function* (): Generator<TarMember> {
      const hasEnd = yield* tarMembers(reader);
      if (!hasEnd) notes.push(`${name} has no end mark: was it cut short between two members?`);
    };
    const samples = samplesOf(members(), layout, read, (key) => `${path}#${key}`, problems);
    if (samples.length === 0) notes.push(`${name} holds no image`);
    return { samples, notes };
  } catch (error) {
    if (!(error instanceof TarDamage)) throw error;
    problems.add(damage(path, error));
    return { samples: [], notes };
  } finally {
    closeSync(file);
  }
}

function damage(path: string, error: TarDamage): { what: string; where: string; try: string } {
  const where = `${path}: byte ${error.at.toLocaleString('en-US')}`;
  const kind = error.at === 0 ? firstBytesKind(path) : null;
  if (kind !== null) return { what: `the shard is ${kind}`, where, try: 'shards are plain tar archives' };
  return { what: `the shard is ${error.message}`, where, try: 'fetch or pack it again' };
}

/** What a file that is no tar archive is: compressed ones cannot be read from any place. */
function firstBytesKind(path: string): string | null {
  const file = openSync(path, 'r');
  try {
    const start = new TarReader(file, 512).bytes(0, 512);
    const is = (...bytes: number[]): boolean => bytes.every((byte, i) => start[i] === byte);
    if (is(0x1f, 0x8b)) return 'compressed with gzip: gunzip it';
    if (is(0x28, 0xb5, 0x2f, 0xfd)) return 'compressed with zstd: unzstd it';
    if (is(0xfd, 0x37, 0x7a, 0x58)) return 'compressed with xz: unxz it';
    if (is(0x42, 0x5a, 0x68)) return 'compressed with bzip2: bunzip2 it';
    if (start.length === 0) return null;
    return start.toString('latin1', 257, 262) === 'ustar' ? null : fileKind(start);
  } finally {
    closeSync(file);
  }
}
