import { describe, expect, it } from 'vitest';
import { augment as augmentSchema } from '../augment/options.js';
import { Augmenter } from '../augment/augmenter.js';
import { normalizationTable } from '../augment/normalize.js';
import { openDataset } from '../dataset.js';
import { dataConfig, temporaryFolder } from '../sample-data.testing.js';
import { drawScene, sceneClasses } from '../sets/scenes/draw-scene.js';
import { sceneThings } from '../sets/scene-things.js';
import { openBatchStream } from '../stream/open-batch-stream.js';
import { IGNORED } from '../target.js';
import { fitMask, unfitMask } from './fit-mask.js';
import { classColor, labelColor, labelPalette } from './palette.js';

const SIZE = 24;

/** A label for each pixel, in blocks. */
const labels = Uint8Array.from(
  { length: SIZE * SIZE },
  (_, p) => (Math.floor((p % SIZE) / 5) * 3 + Math.floor(p / SIZE / 7)) % 9,
);

/** Of an image that shows its labels, what becomes of both. */
function augmented(config: object, image: number): { pixels: Uint8Array; mask: Uint8Array } {
  const augmenter = new Augmenter(augmentSchema.parse({ flip: false, ...config }), SIZE, true);
  const { canvas } = augmenter;
  labels.forEach((label, p) => canvas.pixels.fill(20 + 20 * label, 3 * p, 3 * p + 3));
  canvas.mask!.labels.set(labels);
  augmenter.augment({ ...OF, image });
  return { pixels: canvas.pixels, mask: canvas.mask!.labels };
}

/** In which run and epoch an image is shown. */
const OF = { seed: 0, epoch: 0 } as const;

const nearest = { interpolation: 'nearest', fill: 0 } as const;

describe('a mask under augmentation', () => {
  it.each<[string, object]>([
    ['flip', { flip: true }],
    ['shift', { shiftCrop: 9 }],
    ['rotation', { rotation: { degrees: 90, ...nearest } }],
    ['a policy', { policy: { name: 'trivial-augment-wide', ...nearest } }],
    ['all of them', { flip: true, shiftCrop: 5, rotation: { degrees: 30, ...nearest } }],
  ])('goes where the image goes, and is ignored outside: %s', (name, config) => {
    let moved = 0;
    for (let key = 0; key < 40; key++) {
      const { pixels, mask } = augmented(config, key);
      const isMoved = mask.some((label, p) => label !== labels[p]);
      if (isMoved) moved++;
      // A policy changes colours too, and then moves nothing.
      if (name === 'a policy' && !isMoved) continue;
      let wrong = 0;
      mask.forEach((label, p) => {
        const shown = label === IGNORED ? 0 : 20 + 20 * label;
        if (pixels[3 * p] !== shown) wrong++;
      });
      // On the line between two pixels, either may be the nearest one.
      expect(wrong, `key ${key}`).toBeLessThanOrEqual(2);
    }
    expect(moved).toBeGreaterThan(5);
  });

  it('is cut out as the image is: within blocks they agree', () => {
    for (let key = 0; key < 20; key++) {
      const { pixels, mask } = augmented({ randomResizedCrop: { scale: [0.3, 0.6] } }, key);
      const agree = mask.filter((label, p) => Math.abs(pixels[3 * p]! - 20 - 20 * label) <= 1).length;
      expect(agree / mask.length).toBeGreaterThan(0.6);
      expect([...mask]).not.toContain(IGNORED);
    }
  });

  it('is scaled as the image is: within blocks they agree, and what lies outside is black and counts for nothing', () => {
    const outside: number[] = [];
    for (let key = 0; key < 20; key++) {
      const { pixels, mask } = augmented({ randomScale: [0.5, 1.5] }, key);
      const isOutside = (p: number): boolean => mask[p] === IGNORED;
      const agree = mask.filter(
        (label, p) => isOutside(p) || Math.abs(pixels[3 * p]! - 20 - 20 * label) <= 1,
      ).length;
      expect(agree / mask.length).toBeGreaterThan(0.5);
      mask.forEach((_, p) => expect(pixels[3 * p] === 0).toBe(isOutside(p)));
      outside.push(mask.filter((label) => label === IGNORED).length);
    }
    expect(outside.filter((count) => count === 0).length).toBeGreaterThan(3);
    expect(Math.max(...outside)).toBeGreaterThan((SIZE * SIZE) / 2);
    expect(Math.max(...outside)).toBeLessThanOrEqual((SIZE * SIZE * 3) / 4);
  });

  it('keeps its labels where colours change, and loses those of what is erased', () => {
    const { mask } = augmented({ colorJitter: { brightness: 0.5, hue: 0.2 }, grayscale: 1 }, 3);
    expect(mask).toEqual(labels);
    const augmenter = new Augmenter(augmentSchema.parse({ randomErasing: { probability: 1 } }), SIZE, true);
    const values = new Float32Array(SIZE * SIZE * 3).fill(9);
    const erased = labels.slice();
    augmenter.erase({ ...OF, image: 5 }, values, 0, SIZE, erased);
    expect(erased.some((label) => label === IGNORED)).toBe(true);
    erased.forEach((label, p) => expect(label).toBe(values[3 * p] === 0 ? IGNORED : labels[p]));
  });

  it('mirrored at its border shows nothing that counts twice', () => {
    const { mask } = augmented({ shiftCrop: 9, paddingMode: 'reflect' }, 1);
    expect([...mask]).toContain(IGNORED);
  });
});

describe('a mask in the square of its image', () => {
  const wide = { width: 40, height: 20, labels: Uint8Array.from({ length: 800 }, (_, p) => p % 7) };

  it.each([{ kind: 'squeeze' } as const, { kind: 'pad' } as const, { kind: 'crop', side: 20 } as const])(
    'comes back where it was seen: %j',
    (fit) => {
      // As large as the image, so that no pixel is lost on the way.
      const size = fit.kind === 'crop' ? 16 : 40;
      const square = new Uint8Array(size * size);
      fitMask(wide, fit, size, square);
      const back = unfitMask(square, fit, size, wide);
      const seen = back.filter((label) => label !== IGNORED).length;
      expect(seen).toBe(fit.kind === 'crop' ? 16 * 16 : 800);
      back.forEach((label, p) => {
        if (label !== IGNORED) expect(label).toBe(wide.labels[p]);
      });
      const bars = square.filter((label) => label === IGNORED).length;
      expect(bars).toBe(fit.kind === 'pad' ? 40 * 20 : 0);
    },
  );
});

describe('masks of drawn scenes', () => {
  it('are of the same drawing, which stays as it is', () => {
    const seen = new Set<number>();
    for (let index = 0; index < 12; index++) {
      const [plain, masked] = [new Uint8Array(SIZE * SIZE * 3), new Uint8Array(SIZE * SIZE * 3)];
      const mask = new Uint8Array(SIZE * SIZE).fill(77);
      drawScene(plain, SIZE, index % sceneClasses.length, 0, 'train', index);
      drawScene(masked, SIZE, index % sceneClasses.length, 0, 'train', index, mask);
      expect(masked).toEqual(plain);
      for (const label of mask) seen.add(label);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(sceneThings.map((_, label) => label));
  });

  it('come in batches with their images, alike in every epoch of a test and moved in training', async () => {
    const config = dataConfig({
      ...{ name: 'scene-masks', inputSize: SIZE, limit: { train: 8, validation: null, test: 6 } },
      scenes: { train: 40, test: 12, seed: 0 },
    });
    const dataset = await openDataset(config, { cacheDir: temporaryFolder() });
    expect([dataset.target, dataset.train.count, dataset.test.count]).toEqual(['mask', 8, 6]);
    const augment = augmentSchema.parse({ flip: true, shiftCrop: 4, normalize: 'unit' });
    const stream = (split: 'train' | 'test') =>
      openBatchStream(dataset[split], {
        ...{ batchSize: 4, seed: 1, augment, training: split === 'train', ahead: 0 },
      });
    const batch = await stream('test').batch(3, 1);
    expect([batch.count, batch.masks!.length]).toEqual([2, 2 * SIZE * SIZE]);
    expect((await stream('test').batch(0, 1)).masks).toEqual(batch.masks);
    const table = normalizationTable('unit');
    const pixels = new Uint8Array(SIZE * SIZE * 3);
    dataset.test.read(4, pixels, 0);
    expect(batch.images.subarray(0, pixels.length)).toEqual(
      Float32Array.from(pixels, (value, i) => table[256 * (i % 3) + value]!),
    );
    const mask = new Uint8Array(SIZE * SIZE);
    dataset.test.readMask!(4, mask, 0);
    expect(batch.masks!.subarray(0, mask.length)).toEqual(mask);
    const [one, again, other] = [
      await stream('train').batch(0, 0),
      await stream('train').batch(0, 0),
      await stream('train').batch(1, 0),
    ];
    expect(again.masks).toEqual(one.masks);
    expect(other.masks).not.toEqual(one.masks);
    await dataset.close();
  });
});

it('labels have the colours of Pascal VOC', () => {
  expect([0, 1, 2, 15, 20, IGNORED].map(labelColor)).toEqual([
    [0, 0, 0],
    [128, 0, 0],
    [0, 128, 0],
    [192, 128, 128],
    [0, 64, 128],
    [224, 224, 192],
  ]);
  expect(classColor(0)).toEqual([128, 0, 0]);
  const palette = labelPalette();
  expect(palette).toHaveLength(256);
  palette.forEach((colour, label) => expect(colour).toEqual(labelColor(label)));
});
