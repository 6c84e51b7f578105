import { describe, expect, it } from 'vitest';
import { checkData } from './check-data.js';
import { BadImageError, type DataSource, type SourcePart } from './source.js';

/** An image by its shade; below zero it is bad. */
interface Shown {
  readonly label: number;
  readonly shade: number;
  readonly size?: readonly [number, number];
}

function partOf(split: string, images: readonly Shown[], hasSize = true): SourcePart {
  const pixelsOf = (index: number, count: number): Uint8Array => {
    if (images[index]!.shade < 0) throw new BadImageError(`bad ${index}`);
    return new Uint8Array(count).fill(images[index]!.shade);
  };
  return {
    count: images.length,
    labels: Uint16Array.from(images, ({ label }) => label),
    name: (index) => `${split}/${index}`,
    stamp: String,
    read: (index, size, out) => out.set(pixelsOf(index, size * size * 3)),
    ...(hasSize && {
      native: async (index: number, take: (pixels: Uint8Array) => void) => {
        // The first comes last: what is found is told in the order of the images.
        await new Promise((resolve) => setTimeout(resolve, index === 0 ? 5 : 0));
        const [width, height] = images[index]!.size ?? [2, 2];
        take(pixelsOf(index, width * height * 3));
        return { width, height, remarks: [] };
      },
    }),
  };
}

const of = (
  train: readonly Shown[],
  test: readonly Shown[] = [{ label: 0, shade: 99 }],
  hasSize = true,
): DataSource => ({
  ...{ classes: ['cat', 'dog'], notes: [], version: '1' },
  ...{ train: partOf('train', train, hasSize), test: partOf('test', test, hasSize) },
});
const image = (label: number, shade: number, size?: readonly [number, number]): Shown => ({
  label,
  shade,
  size,
});

describe('checkData', () => {
  it('counts images a class and sizes, the most frequent first', async () => {
    const train = [image(0, 1), image(0, 2, [3, 2]), image(0, 3, [3, 2]), image(1, 4, [2, 3])];
    const done: [number, number][] = [];
    const report = await checkData(of(train), 8, (...counts) => done.push(counts));
    expect(report.classes).toEqual(['cat', 'dog']);
    expect(report.counts).toEqual({ train: [3, 1], test: [1, 0] });
    expect(report.imbalance).toBe(3);
    expect(report.sizes).toEqual([
      { size: '2×2', count: 2 },
      { size: '3×2', count: 2 },
      { size: '2×3', count: 1 },
    ]);
    expect([report.bad, report.duplicates, report.acrossSplits]).toEqual([[], [], []]);
    expect(done).toEqual([1, 2, 3, 4, 5].map((n) => [n, 5]));
  });

  it('names what cannot be used, in order', async () => {
    const report = await checkData(of([image(0, -1), image(1, 1), image(1, -1)]), 8);
    expect(report.bad).toEqual([
      { split: 'train', class: 'cat', name: 'train/0', reason: 'bad 0' },
      { split: 'train', class: 'dog', name: 'train/2', reason: 'bad 2' },
    ]);
    expect(report.sizes).toEqual([{ size: '2×2', count: 2 }]);
  });

  it('finds equal images within a split and across splits, and which are in two classes', async () => {
    const train = [image(0, 1), image(0, 1), image(0, 2), image(1, 2), image(0, 3)];
    const test = [image(0, 3), image(0, 4), image(1, 4)];
    const report = await checkData(of(train, test), 8);
    const short = report.duplicates.map(({ images, conflicting }) => [
      images.map(({ name }) => name),
      conflicting,
    ]);
    expect(short).toEqual([
      [['train/0', 'train/1'], false],
      [['train/2', 'train/3'], true],
      [['test/1', 'test/2'], true],
    ]);
    expect(report.acrossSplits).toEqual([
      {
        images: [
          { split: 'train', class: 'cat', name: 'train/4' },
          { split: 'test', class: 'cat', name: 'test/0' },
        ],
        conflicting: false,
      },
    ]);
  });

  it('does not take another size of the same bytes for the same image', async () => {
    const report = await checkData(of([image(0, 1, [2, 3]), image(0, 1, [3, 2])]), 8);
    expect(report.duplicates).toEqual([]);
  });

  it('compares images without a size of their own at that of the input', async () => {
    const report = await checkData(of([image(0, 1), image(1, 1)], undefined, false), 8);
    expect(report.sizes).toEqual([]);
    expect(report.duplicates.map(({ conflicting }) => conflicting)).toEqual([true]);
  });

  it('counts what was left out of images', async () => {
    const source = of([image(0, 1), image(0, 2), image(1, 3)]);
    const native: SourcePart['native'] = (index, take) => {
      take(Uint8Array.of(index));
      return { width: 1, height: 1, remarks: index < 2 ? ['the fourth band'] : [] };
    };
    const report = await checkData({ ...source, train: { ...source.train, native } }, 8);
    expect(report.remarks).toEqual([{ text: 'the fourth band', count: 2 }]);
  });

  it('counts of masks the images that show a class, and compares them too', async () => {
    const images = [image(0, 1), image(0, 1), image(0, 1), image(0, -1)];
    // What is ignored is no class.
    const masks = [
      [0, 1, 255],
      [1, 1, 1],
      [0, 1, 255],
      [0, 0, 0],
    ];
    const mask: SourcePart['mask'] = (index, size, fit, out) => {
      expect([size, fit]).toEqual([8, { kind: 'squeeze' }]);
      expect(out).toHaveLength(64);
      out.fill(masks[index]![0]!).set(masks[index]!);
    };
    const withMasks = (split: string, shown: readonly Shown[]): SourcePart => ({
      ...partOf(split, shown),
      mask,
    });
    const source = of([]);
    const report = await checkData(
      { ...source, train: withMasks('train', images), test: withMasks('test', [image(0, 2)]) },
      8,
    );
    expect(report.counts).toEqual({ train: [2, 3], test: [1, 1] });
    expect(report.imbalance).toBe(1.5);
    expect(report.images).toEqual({ train: 4, test: 1 });
    expect(report.bad).toEqual([{ split: 'train', class: 'masked', name: 'train/3', reason: 'bad 3' }]);
    expect(report.duplicates).toEqual([
      {
        images: [
          { split: 'train', class: 'masked', name: 'train/0' },
          { split: 'train', class: 'masked', name: 'train/2' },
        ],
        conflicting: false,
      },
    ]);
  });

  it('says nothing of masks where there are none', async () => {
    expect(await checkData(of([image(0, 1), image(1, 2)]), 8)).not.toHaveProperty('images');
  });

  it('passes on what is no fault of an image', async () => {
    const source = of([image(0, 1)]);
    const train = { ...source.train, native: () => Promise.reject(new Error('EIO')) };
    await expect(checkData({ ...source, train }, 8)).rejects.toThrow('EIO');
  });
});
