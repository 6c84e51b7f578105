import { describe, expect, it } from 'vitest';
import { bitsAt, makeKey, permutation } from '../../util/random.js';
import { rotation, transform } from '../augment/affine.js';
import { Canvas } from '../augment/canvas.js';
import { adjustColors, drawColorJitter } from '../augment/color-jitter.js';
import { drawFlip, flip } from '../augment/flip.js';
import { drawGrayscale, grayscale } from '../augment/grayscale.js';
import { normalizationTable, normalize } from '../augment/normalize.js';
import { augment, type AugmentConfig } from '../augment/options.js';
import { applyOperation } from '../augment/policies/operations.js';
import { policyOf } from '../augment/policies/policy.js';
import { drawErasing, erase } from '../augment/random-erasing.js';
import { drawCrop, randomResizedCrop } from '../augment/random-resized-crop.js';
import { drawRotation } from '../augment/rotation.js';
import { drawShift, shiftCrop } from '../augment/shift-crop.js';
import type { ImageSet } from '../cache/image-set.js';
import { resize } from '../resize.js';
import { assembleBatch, BatchAssembler, batchesPerEpoch, type BatchPlan } from './assemble-batch.js';

const SIZE = 8;
const BYTES = SIZE * SIZE * 3;
const PLAIN: AugmentConfig = augment.parse({ flip: false, normalize: 'unit' });
const CROP = { scale: [0.35, 1], ratio: [0.75, 1.3333] } as const;
const KINDS: Readonly<Record<string, Partial<AugmentConfig>>> = {
  flip: { flip: true },
  shift: { shiftCrop: 3 },
  crop: { randomResizedCrop: { scale: [...CROP.scale], ratio: [...CROP.ratio] } },
  rotation: { rotation: { degrees: 30, interpolation: 'bilinear', fill: [10, 20, 30] } },
  policy: { policy: augment.parse({ policy: { name: 'trivial-augment-wide' } }).policy },
  jitter: { colorJitter: { brightness: 0.4, contrast: 0.3, saturation: [0.5, 2], hue: 0.1 } },
  grayscale: { grayscale: 0.5 },
  erasing: { randomErasing: { probability: 0.9, scale: [0.1, 0.3], ratio: [0.5, 2], value: 'random' } },
};
const ALL = Object.assign({}, ...Object.values(KINDS)) as Partial<AugmentConfig>;
/** Outcomes that 24 draws come to at the least: a flip and a loss of colours have two, a shift 49, … */
const OUTCOMES: Readonly<Record<string, number>> = { flip: 2, grayscale: 2, shift: 12, policy: 12 };

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

const isGrey = (pixels: Float32Array): boolean => pixels.every((value, i) => value === pixels[i - (i % 3)]);

describe('augmentation', () => {
  it.each(Object.entries(KINDS))('of one image is another in another epoch: %s', (kind, augment) => {
    const seen = new Set(byEpoch(planOf(augment), 24));
    expect(seen.size).toBeGreaterThanOrEqual(OUTCOMES[kind] ?? 18);
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

  it('mirrors an image in every other epoch where it is asked to alternate', () => {
    const of = (plan: BatchPlan) => byEpoch(plan, 6);
    const [first, second, ...others] = of(planOf({ flip: 'alternating' }));
    expect(second).not.toBe(first);
    expect(others).toEqual([first, second, first, second]);
    expect([first, second].sort()).toEqual([...new Set(of(planOf({ flip: true })))].sort());
  });

  it('then turns, draws from a policy, changes colours, loses them, and erases what is normalised', () => {
    const set = noise(4);
    for (const epoch of [0, 1, 2, 3]) {
      const { images, labels } = assembleBatch(set, planOf({ ...ALL, normalize: 'cifar10' }), epoch, 0);
      labels.forEach((image, i) => {
        const key = makeKey(7, 'augment', epoch, image);
        const canvas = new Canvas(SIZE);
        set.read(image, canvas.pixels, 0);
        randomResizedCrop(canvas.pixels, canvas.spare, SIZE, drawCrop(key, SIZE, CROP));
        canvas.swap();
        shiftCrop(canvas.pixels, canvas.spare, SIZE, drawShift(key, 3));
        canvas.swap();
        if (drawFlip(key)) flip(canvas.pixels, SIZE);
        transform(canvas, rotation(drawRotation(key, 30), SIZE), 'bilinear', [10, 20, 30]);
        for (const drawn of policyOf(ALL.policy!, SIZE).draw(key))
          applyOperation(canvas, drawn, { interpolation: 'nearest', fill: [0, 0, 0] });
        for (const adjustment of drawColorJitter(key, ALL.colorJitter!)) adjustColors(canvas, adjustment);
        if (drawGrayscale(key, 0.5)) grayscale(canvas.pixels);
        const expected = new Float32Array(BYTES);
        normalize(canvas.pixels, BYTES, normalizationTable('cifar10'), expected, 0);
        const box = drawErasing(key, SIZE, ALL.randomErasing!);
        if (box) erase(expected, 0, SIZE, box, 'random', key);
        expect(images.slice(i * BYTES, (i + 1) * BYTES)).toEqual(expected);
      });
    }
  });

  it('of one kind is drawn as it would be without the others', () => {
    const both = assembleBatch(noise(4), planOf({ ...KINDS.grayscale, ...KINDS.flip }), 0, 0);
    const alone = assembleBatch(noise(4), planOf(KINDS.grayscale!), 0, 0);
    both.labels.forEach((_, i) => {
      const [one, other] = [both, alone].map(({ images }) => images.subarray(i * BYTES, (i + 1) * BYTES));
      expect(isGrey(one!)).toBe(isGrey(other!));
    });
  });

  it('has no part in what only measures', () => {
    const plan = planOf(ALL, { training: false });
    expect(assembleBatch(noise(3), plan, 5, 0)).toEqual(
      assembleBatch(noise(3), planOf({}, { training: false }), 0, 0),
    );
  });
});

describe('images of other sizes', () => {
  const stages = [
    { size: 4, until: 2 },
    { size: 6, until: 5 },
  ];
  const augment = { ...KINDS.flip, ...KINDS.shift, ...KINDS.crop };
  const plan = planOf(augment, { sizes: stages });

  it('come first, batch by batch, and then those of the set', () => {
    const assembler = new BatchAssembler(noise(10), plan);
    // Three batches an epoch; in any order.
    const sides = [5, 0, 4, 1, 3, 2, 6].map((batch) => {
      const { images, labels } = assembler.assemble(Math.floor(batch / 3), batch % 3);
      return [batch, Math.sqrt(images.length / 3 / labels.length)];
    });
    expect(Object.fromEntries(sides)).toEqual({ 0: 4, 1: 4, 2: 6, 3: 6, 4: 6, 5: SIZE, 6: SIZE });
  });

  it('are what was augmented in full, made smaller by the filter that keeps every pixel', () => {
    const { images, labels } = assembleBatch(noise(10), plan, 0, 1);
    const full = assembleBatch(noise(10), planOf(augment), 0, 1);
    expect(labels).toEqual(full.labels);
    labels.forEach((_, i) => {
      const bytes = Uint8Array.from(full.images.slice(i * BYTES, (i + 1) * BYTES), (value) =>
        Math.round(255 * value),
      );
      const shrunk = new Uint8Array(4 * 4 * 3);
      const whole = { left: 0, top: 0, width: SIZE, height: SIZE };
      resize(bytes, whole, whole, shrunk, 4);
      expect(images.slice(i * 48, (i + 1) * 48)).toEqual(Float32Array.from(shrunk, (byte) => byte / 255));
    });
  });

  it('bring masks of their size, of the label nearest to each pixel', () => {
    const set: ImageSet = {
      ...noise(4),
      readMask: (index, out, offset) => {
        for (let i = 0; i < SIZE * SIZE; i++) out[offset + i] = bitsAt(makeKey('mask', index), i) % 7;
      },
    };
    const small = assembleBatch(set, plan, 0, 0).masks!;
    const full = assembleBatch(set, planOf(augment), 0, 0).masks!;
    expect([small.length, full.length]).toEqual([4 * 4 * 4, 4 * SIZE * SIZE]);
    // Of two by two pixels the centre is between all four; the nearest is the last by rounding.
    small.forEach((label, i) => {
      const [image, row, column] = [i >> 4, (i >> 2) & 3, i & 3];
      expect(label).toBe(full[(image * SIZE + 2 * row + 1) * SIZE + 2 * column + 1]);
    });
  });

  it('have no part in what only measures', () => {
    const { images } = assembleBatch(noise(3), planOf({}, { training: false, sizes: stages }), 0, 0);
    expect(images).toHaveLength(3 * BYTES);
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
