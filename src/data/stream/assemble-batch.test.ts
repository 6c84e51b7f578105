import { describe, expect, it } from 'vitest';
import { bitsAt, makeKey, permutation } from '../../util/random.js';
import { drawFlip, flip } from '../augment/flip.js';
import { augment, type AugmentConfig } from '../augment/options.js';
import { drawCrop, randomResizedCrop } from '../augment/random-resized-crop.js';
import { drawShift, shiftCrop } from '../augment/shift-crop.js';
import type { ImageSet } from '../cache/image-set.js';
import { assembleBatch, BatchAssembler, batchesPerEpoch, type BatchPlan } from './assemble-batch.js';

const SIZE = 8;
const BYTES = SIZE * SIZE * 3;
const PLAIN: AugmentConfig = augment.parse({ flip: false, normalize: 'unit' });
const CROP = { scale: [0.35, 1], ratio: [0.75, 1.3333] } as const;
const KINDS: Readonly<Record<string, Partial<AugmentConfig>>> = {
  flip: { flip: true },
  shift: { shiftCrop: 3 },
  crop: { randomResizedCrop: { scale: [...CROP.scale], ratio: [...CROP.ratio] } },
};

/** Images of noise, image i labelled i; `alike` images all look like the first. */
function noise(count: number, alike = false): ImageSet {
  return {
    split: 'train',
    count,
    size: SIZE,
    labels: Uint16Array.from({ length: count }, (_, i) => i),
    read: (index, out, offset) => {
      const key = makeKey('noise', alike ? 0 : index);
      for (let i = 0; i < BYTES; i++) out[offset + i] = bitsAt(key, i) & 255;
    },
  };
}

const planOf = (augment: Partial<AugmentConfig>, more: Partial<BatchPlan> = {}): BatchPlan => ({
  batchSize: 4,
  seed: 7,
  training: true,
  ...more,
  augment: { ...PLAIN, ...augment },
});

/** The pixels of a set with one image as each epoch shows it. */
const byEpoch = (plan: BatchPlan, epochs: number): string[] =>
  Array.from({ length: epochs }, (_, epoch) => assembleBatch(noise(1), plan, epoch, 0).images.join());

describe('augmentation', () => {
  it.each(Object.entries(KINDS))('of one image is another in another epoch: %s', (kind, augment) => {
    const seen = new Set(byEpoch(planOf(augment), 24));
    // A flip has two outcomes, a shift 49, a crop nearly as many as there are draws.
    expect(seen.size).toBeGreaterThanOrEqual({ flip: 2, shift: 12, crop: 20 }[kind]!);
  });

  it.each(Object.entries(KINDS))('of one image is another with another seed: %s', (_, augment) => {
    const of = (seed: number): string => byEpoch(planOf(augment, { seed }), 24).join();
    expect(of(7)).toBe(of(7));
    expect(of(8)).not.toBe(of(7));
  });

  it.each(Object.entries(KINDS))('of two images that look alike is not the same: %s', (_, augment) => {
    const set = noise(24, true);
    const { images } = assembleBatch(set, planOf(augment, { batchSize: 24 }), 0, 0);
    const seen = new Set(
      Array.from({ length: 24 }, (_, i) => images.slice(i * BYTES, (i + 1) * BYTES).join()),
    );
    expect(seen.size).toBeGreaterThan(1);
  });

  it('crops, then shifts, then mirrors, each drawn for the seed, the epoch and the image', () => {
    const set = noise(3);
    const augment = { ...KINDS.flip, ...KINDS.shift, ...KINDS.crop };
    for (const epoch of [0, 1, 2, 3]) {
      const { images, labels } = assembleBatch(set, planOf(augment), epoch, 0);
      labels.forEach((image, i) => {
        const key = makeKey(7, 'augment', epoch, image);
        const [from, cropped, shifted] = [0, 1, 2].map(() => new Uint8Array(BYTES));
        set.read(image, from, 0);
        randomResizedCrop(from, cropped, SIZE, drawCrop(key, SIZE, CROP));
        shiftCrop(cropped, shifted, SIZE, drawShift(key, 3));
        if (drawFlip(key)) flip(shifted, SIZE);
        const expected = Float32Array.from(shifted, (byte) => byte / 255);
        expect(images.slice(i * BYTES, (i + 1) * BYTES)).toEqual(expected);
      });
    }
  });

  it('has no part in what only measures', () => {
    const plan = planOf({ ...KINDS.flip, ...KINDS.shift, ...KINDS.crop }, { training: false });
    expect(assembleBatch(noise(3), plan, 5, 0)).toEqual(
      assembleBatch(noise(3), planOf({}, { training: false }), 0, 0),
    );
  });
});

describe('the order of images', () => {
  const order = (epoch: number, seed = 7, assembler = new BatchAssembler(noise(10), planOf({}, { seed }))) =>
    [0, 1, 2].flatMap((index) => [...assembler.assemble(epoch, index).labels]);

  it('is this one, for good: of the seed and the epoch', () => {
    expect(order(0)).toEqual([...permutation(10, 7, 'shuffle', 0)]);
    expect(order(0)).toEqual([6, 8, 7, 3, 0, 2, 9, 4, 1, 5]);
    expect(order(1)).toEqual([1, 2, 7, 9, 5, 3, 6, 0, 8, 4]);
    expect(order(0, 8)).toEqual([9, 0, 2, 8, 1, 7, 6, 4, 3, 5]);
  });

  it('does not depend on which epoch was asked for before', () => {
    const assembler = new BatchAssembler(noise(10), planOf({}));
    for (const epoch of [0, 1, 0, 2, 1]) expect(order(epoch, 7, assembler)).toEqual(order(epoch));
  });

  it('is that of the set where nothing is trained', () => {
    const plan = planOf({}, { training: false });
    expect([...assembleBatch(noise(10), plan, 3, 1).labels]).toEqual([4, 5, 6, 7]);
    expect([...assembleBatch(noise(10), plan, 3, 2).labels]).toEqual([8, 9]);
  });

  it('puts each image beside its label', () => {
    const { images, labels } = assembleBatch(noise(10), planOf({}), 0, 1);
    const pixels = new Uint8Array(BYTES);
    labels.forEach((label, i) => {
      noise(10).read(label, pixels, 0);
      expect(images.slice(i * BYTES, (i + 1) * BYTES)).toEqual(
        Float32Array.from(pixels, (byte) => byte / 255),
      );
    });
  });
});

it('counts the smaller last batch', () => {
  const counts = [1, 4, 5, 8, 9].map((count) => batchesPerEpoch(noise(count), planOf({})));
  expect(counts).toEqual([1, 1, 2, 2, 3]);
});

it.each([-1, 3, 0.5, NaN])('refuses the index %d of three batches', (index) => {
  expect(() => assembleBatch(noise(10), planOf({}), 0, index)).toThrow(
    `Expected a batch index from 0 to 2 but got ${index}`,
  );
});
