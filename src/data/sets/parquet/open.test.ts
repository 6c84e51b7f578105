import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refusal } from '../../../util/refusal.testing.js';
import { openDataset } from '../../dataset.js';
import { detectLayout } from '../../detect-layout.js';
import { dataConfig, temporaryFolder } from '../../sample-data.testing.js';
import type { SourcePart } from '../../source.js';
import { openParquet, type ParquetOptions } from './open.js';

/**
 * Files that pyarrow 26 wrote: PNGs of 8×8 pixels of red 10, 20, …, two rows a group, { bytes, path } beside a label, with
 * the `huggingface` metadata of datasets' ClassLabel (dog, cat). Compressed with Snappy, zstd, gzip, Brotli, LZ4 and not.
 */
const written = JSON.parse(
  readFileSync(join(import.meta.dirname, 'pyarrow.golden.json'), 'utf8'),
) as Readonly<Record<string, string>>;

function folder(names: Readonly<Record<string, string>>): string {
  const dir = temporaryFolder();
  for (const [name, source] of Object.entries(names)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), Buffer.from(written[source]!, 'base64'));
  }
  return dir;
}

/** As `datasets.push_to_hub` lays a set out. */
function fromHub(): string {
  const names = ['train-00000-of-00002', 'train-00001-of-00002', 'test-00000-of-00001'];
  return folder(Object.fromEntries(names.map((name) => [`data/${name}.parquet`, `${name}.parquet`])));
}

const options = (changes: Partial<ParquetOptions> = {}): ParquetOptions => ({
  ...{ train: null, validation: null, test: null, image: 'image', label: 'label', classes: null },
  ...changes,
});

async function reds(part: SourcePart, order: readonly number[]): Promise<number[]> {
  return Promise.all(
    order.map(async (i) => {
      const pixels = new Uint8Array(8 * 8 * 3);
      await part.read(i, 8, pixels);
      expect([...pixels.subarray(1, 3)]).toEqual([20, 30]);
      return pixels[0]!;
    }),
  );
}

afterEach(() => {
  vi.useRealTimers();
});

describe('parquet', () => {
  it('is listed until somebody stops it', async () => {
    const dir = fromHub();
    const reason = new Error('asked to');
    const open = openParquet(dir, undefined, join(dir, 'cache'), AbortSignal.abort(reason));
    await expect(open).rejects.toBe(reason);
  });

  it('reads a set as the Hub has it, classes by the names of its ClassLabel', async () => {
    const dir = fromHub();
    const source = await openParquet(dir, undefined, join(dir, 'cache'));
    expect(source.classes).toEqual(['dog', 'cat']);
    expect([...source.train.labels]).toEqual([0, 1, 0, 1, 1]);
    expect([...source.test.labels]).toEqual([1, 0]);
    expect(source.train.name(3)).toBe(join(dir, 'data/train-00001-of-00002.parquet#0'));
    expect(await reds(source.train, [0, 1, 2, 3, 4])).toEqual([10, 20, 30, 40, 50]);
    expect(await reds(source.train, [4, 0, 2, 1, 4])).toEqual([50, 10, 30, 20, 50]);
    expect(await reds(source.test, [0, 1])).toEqual([60, 70]);
    expect(new Set([0, 1, 2, 3, 4].map((i) => source.train.stamp(i))).size).toBe(5);
    expect(await detectLayout(dir)).toBe('parquet');
  });

  it('takes labels that are names, and files that the config names', async () => {
    const dir = folder({ 'mine.parquet': 'names.parquet' });
    const source = await openParquet(dir, options({ train: 'm*.parquet' }), join(dir, 'cache'));
    expect(source.classes).toEqual(['a', 'b']);
    expect([...source.train.labels]).toEqual([1, 0]);
    expect(source.notes).toEqual(['there is no test split: `involve eval` has nothing to measure']);
  });

  it('is opened as any set', async () => {
    const dir = fromHub();
    const opened = await openDataset(dataConfig({ name: 'parquet', dir }), { cacheDir: join(dir, 'cache') });
    expect([opened.train.count, opened.validation.count, opened.test.count]).toEqual([3, 2, 2]);
    await opened.close();
  });

  it('reads a row group when one of its images is asked for, and keeps two', async () => {
    const { RowGroupImages } = await import('./row-groups.js');
    const asked: number[] = [];
    const file = {
      ...{ path: '', rows: 9, starts: [0, 3, 6], columns: [], metadata: new Map<string, string>() },
      ...{ fieldsOf: () => [], unreadCodecs: () => [] },
      read: (_column: string, start: number, end: number) => {
        asked.push(start);
        return Promise.resolve(Array.from({ length: end - start }, (_, i) => Uint8Array.of(start + i)));
      },
    };
    const images = new RowGroupImages(file, 'image');
    for (let i = 0; i < 9; i++) expect([...(await images.at(i))]).toEqual([i]);
    expect(asked).toEqual([0, 3, 6]);
    await Promise.all([images.at(5), images.at(6), images.at(5)]);
    expect(asked).toEqual([0, 3, 6]);
    expect([...(await images.at(0))]).toEqual([0]);
    expect(asked).toEqual([0, 3, 6, 0]);
  });

  it('keeps the labels of files that have settled', async () => {
    const dir = fromHub();
    const cacheDir = join(dir, 'cache');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    const first = await openParquet(dir, undefined, cacheDir);
    expect(readdirSync(join(cacheDir, 'indexes'))).toHaveLength(3);
    const again = await openParquet(dir, undefined, cacheDir);
    expect(again.train.labels).toEqual(first.train.labels);
    writeFileSync(
      join(dir, 'data/train-00001-of-00002.parquet'),
      Buffer.from(written['test-00000-of-00001.parquet']!, 'base64'),
    );
    expect([...(await openParquet(dir, undefined, cacheDir)).train.labels]).toEqual([0, 1, 0, 1, 0]);
  });
});

describe('Parquet files in which something is wrong', () => {
  it('a shard that is missing', async () => {
    const dir = fromHub();
    rmSync(join(dir, 'data/train-00000-of-00002.parquet'));
    const error = await refusal(openParquet(dir, undefined, join(dir, 'cache')));
    expect(error.message).toBe(
      'data/train-00000-of-00002.parquet is missing: data/train-00001-of-00002.parquet says that there are 2',
    );
  });

  it('columns that are not there, and a compression that is not read, all at once', async () => {
    const dir = folder({ 'train.parquet': 'lz4.parquet', 'test.parquet': 'names.parquet' });
    const error = await refusal(openParquet(dir, options({ image: 'imgae' }), join(dir, 'cache')));
    const lz4 = (column: string): string =>
      `the column ${column} is compressed with LZ4_RAW, which is not read`;
    expect(error.problems.map(({ what }) => what)).toEqual([
      'no column imgae; it has image, label',
      lz4('label'),
      'no column imgae; it has image, label',
    ]);
    expect(error.problems[0]!.try).toBe('--set data.parquet.image=image');
  });

  it('labels that are out of range', async () => {
    const dir = folder({ 'train.parquet': 'out-of-range.parquet' });
    const { problems } = await refusal(openParquet(dir, undefined, join(dir, 'cache')));
    const range = 'expected a label from 0 to 1, a class of the ClassLabel of label';
    expect(problems.map(({ what, where }) => [what, where])).toEqual([
      [`the label "2" of an image of train: ${range}`, join(dir, 'train.parquet#1')],
      [`the label "-1" of an image of train: ${range}`, join(dir, 'train.parquet#2')],
    ]);
  });

  it('a file that was cut short, and one that is a pointer of Git LFS', async () => {
    const dir = folder({ 'train.parquet': 'names.parquet' });
    const bytes = readFileSync(join(dir, 'train.parquet'));
    for (const content of [
      bytes.subarray(0, bytes.length - 9),
      Buffer.alloc(3),
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    ]) {
      writeFileSync(join(dir, 'train.parquet'), content);
      const error = await refusal(openParquet(dir, undefined, join(dir, 'cache')));
      expect(error.message).toMatch(/^no Parquet file, or cut short: /);
    }
  });

  it('images whose pages are damaged are bad, one by one', async () => {
    const dir = fromHub();
    const path = join(dir, 'data/train-00001-of-00002.parquet');
    const bytes = readFileSync(path);
    bytes.fill(0xff, 30, 60);
    writeFileSync(path, bytes);
    const source = await openParquet(dir, undefined, join(dir, 'cache'));
    await expect(Promise.resolve(source.train.encoded!(3))).rejects.toMatchObject({ name: 'BadImageError' });
    expect(await reds(source.train, [0, 1, 2])).toEqual([10, 20, 30]);
  });
});
