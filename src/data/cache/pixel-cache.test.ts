import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../sample-data.testing.js';
import { BadImageError, type SourcePart } from '../source.js';
import { FileImageSet } from './image-set.js';
import { digestBytes } from './block-index.js';
import { ensureBlock, findBlock, type BlockRequest, type PixelBlock } from './pixel-cache.js';

const SIZE = 8;
let cacheDir: string;
/** Images that were decoded since the test began. */
let decoded: number[];
beforeEach(() => {
  cacheDir = temporaryFolder();
  decoded = [];
});

/** Six images, image i all of `shade + i`. */
const partOf = (shade = 0, more: Partial<SourcePart> = {}): SourcePart => ({
  count: 6,
  labels: new Uint16Array(6),
  name: (index) => `image ${index}`,
  stamp: (index) => `stamp ${index}`,
  read: (index, _, out) => {
    decoded.push(index);
    out.fill(shade + index);
  },
  ...more,
});
const request = (changes: Partial<BlockRequest> = {}): BlockRequest => ({
  part: partOf(),
  indices: Uint32Array.of(0, 2, 3, 5),
  size: SIZE,
  version: '1',
  label: 'set-train',
  ...changes,
});

/** The first byte of each image of the part, as the block has it; null where it is not there. */
function shades({ file, positions }: PixelBlock, size = SIZE): (number | null)[] {
  return Array.from(positions, (position) => {
    if (position < 0) return null;
    const positionsOfOne = Uint32Array.of(position);
    const set = new FileImageSet({
      split: 'train',
      size,
      labels: new Uint16Array(1),
      file,
      positions: positionsOfOne,
    });
    const out = new Uint8Array(size * size * 3);
    set.read(0, out, 0);
    set.close();
    return out[0]!;
  });
}

describe('a block of pixels', () => {
  it('holds the images that were asked for, decoded once', async () => {
    const done: number[] = [];
    expect(findBlock(cacheDir, request())).toBeNull();
    const block = await ensureBlock(cacheDir, request(), (count) => done.push(count));
    expect(shades(block)).toEqual([0, null, 2, 3, null, 5]);
    expect(block.digests).toHaveLength(4 * digestBytes);
    expect(done).toEqual([1, 2, 3, 4]);
    expect(decoded.sort()).toEqual([0, 2, 3, 5]);
    expect(await ensureBlock(cacheDir, request())).toEqual(block);
    expect(findBlock(cacheDir, request())).toEqual(block);
    expect(decoded).toHaveLength(4);
    expect(readdirSync(join(cacheDir, 'pixels'))).toHaveLength(1);
  });

  // With one of these left out of the key, one set of images is trained on in the place of another.
  it.each<[string, Partial<BlockRequest>]>([
    ['version', { version: '2' }],
    ['size', { size: 9 }],
    ['choice of images', { indices: Uint32Array.of(0, 2, 3, 4) }],
    ['number of images', { indices: Uint32Array.of(0, 2, 3) }],
  ])('is another one for another %s', async (_, changes) => {
    await ensureBlock(cacheDir, request());
    const other = request({ part: partOf(100), ...changes });
    expect(findBlock(cacheDir, other)).toBeNull();
    const block = await ensureBlock(cacheDir, other);
    const { indices, size } = other;
    expect([...indices].map((index) => shades(block, size)[index])).toEqual([...indices].map((i) => 100 + i));
    expect(shades(findBlock(cacheDir, request())!)).toEqual([0, null, 2, 3, null, 5]);
  });

  it('is another one where any of its images is made of something else', async () => {
    await ensureBlock(cacheDir, request());
    for (const changed of [0, 2, 3, 5]) {
      const part = partOf(0, { stamp: (index) => (index === changed ? 'other' : `stamp ${index}`) });
      expect(findBlock(cacheDir, request({ part }))).toBeNull();
    }
    const part = partOf(0, { stamp: (index) => (index === 1 ? 'other' : `stamp ${index}`) });
    expect(findBlock(cacheDir, request({ part }))).not.toBeNull();
  });

  it('leaves bad images out and names them, also when it is read again', async () => {
    const part = partOf(0, {
      read: (index, _, out) => {
        if (index === 0 || index === 3) throw new BadImageError(`no ${index}`);
        out.fill(index);
      },
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      const block = await ensureBlock(cacheDir, request({ part }));
      expect(shades(block)).toEqual([null, null, 2, null, null, 5]);
      expect(block.bad).toEqual([
        { index: 0, name: 'image 0', reason: 'no 0' },
        { index: 3, name: 'image 3', reason: 'no 3' },
      ]);
      expect(block.digests).toHaveLength(2 * digestBytes);
    }
  });

  it.runIf(process.platform !== 'win32')(
    'is decoded again where it was cut short, its time being kept',
    async () => {
      const block = await ensureBlock(cacheDir, request());
      const whole = statSync(block.file);
      execFileSync('sh', [
        '-c',
        'cp -p "$1" "$1.time" && truncate -s -1 "$1" && touch -r "$1.time" "$1"',
        '-',
        block.file,
      ]);
      expect(statSync(block.file)).toMatchObject({ mtimeMs: whole.mtimeMs, size: whole.size - 1 });
      expect(findBlock(cacheDir, request())).toBeNull();
      expect(shades(await ensureBlock(cacheDir, request()))).toEqual([0, null, 2, 3, null, 5]);
    },
  );

  it('is not there when decoding failed otherwise, and leaves nothing behind', async () => {
    const part = partOf(0, {
      read: () => {
        throw new Error('out of order');
      },
    });
    await expect(ensureBlock(cacheDir, request({ part }))).rejects.toThrow('out of order');
    expect(readdirSync(join(cacheDir, 'pixels'))).toEqual([]);
    expect(findBlock(cacheDir, request())).toBeNull();
  });

  it.runIf(existsSync('/proc/self/fd'))('keeps no file open once its set is closed', async () => {
    const block = await ensureBlock(cacheDir, request());
    const isOpen = (): boolean =>
      readdirSync('/proc/self/fd').some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === realpathSync(block.file);
        } catch {
          return false;
        }
      });
    const set = new FileImageSet({
      ...{ split: 'train', size: SIZE, labels: new Uint16Array(1), file: block.file },
      positions: Uint32Array.of(0),
    });
    const out = new Uint8Array(SIZE * SIZE * 3);
    set.read(0, out, 0);
    expect(isOpen()).toBe(true);
    set.close();
    expect(isOpen()).toBe(false);
    set.close();
    for (const index of [-1, 1, NaN])
      expect(() => set.read(index, out, 0)).toThrow(`Expected an image index from 0 to 0 but got ${index}`);
    // It opens its file again for who asks again.
    set.read(0, out, 0);
    expect(isOpen()).toBe(true);
    set.close();
  });

  it('of more bytes than are decoded at once is whole', async () => {
    // 32 MiB hold ten images of this size: they are written in three pieces.
    const size = 1024;
    const part = partOf(0, { count: 23, read: (index, _, out) => void out.fill(index) });
    const indices = Uint32Array.from({ length: 23 }, (_, i) => i);
    const block = await ensureBlock(cacheDir, request({ part, indices, size }));
    expect(shades(block, size)).toEqual([...indices]);
  });
});
