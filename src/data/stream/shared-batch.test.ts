import { describe, expect, it } from 'vitest';
import { augment } from '../augment/options.js';
import type { ImageSet } from '../cache/image-set.js';
import { assembleBatch, type BatchPlan } from './assemble-batch.js';
import { batchOf } from './batch-stream.js';
import { openBatchStream } from './open-batch-stream.js';

const SIZE = 8;
const set: ImageSet = {
  split: 'train',
  count: 21,
  size: SIZE,
  labels: Uint16Array.from({ length: 21 }, (_, i) => i),
  read: (index, out, offset) => void out.fill(index * 11, offset, offset + SIZE * SIZE * 3),
};
const plan: BatchPlan = {
  ...{ batchSize: 8, seed: 3, training: true },
  augment: augment.parse({
    randomErasing: { probability: 0.5 },
    shiftCrop: 2,
    colorJitter: { brightness: 0.5 },
  }),
};
const mixing = { ...plan, augment: augment.parse({ mixup: {}, shiftCrop: 2 }) };
/** Of each epoch three batches, the last of 5 images. */
const BATCHES = [0, 1].flatMap((epoch) => [0, 1, 2].map((index) => [epoch, index] as const));

describe('the shares of a batch', () => {
  it.each([2, 3, 4, 8])('of %i workers are the batch, augmented as it is', (of) => {
    for (const [epoch, index] of BATCHES) {
      const whole = assembleBatch(set, plan, epoch, index);
      const parts = Array.from({ length: of }, (_, rank) =>
        assembleBatch(set, { ...plan, share: { rank, of } }, epoch, index),
      );
      expect(parts.flatMap(({ labels }) => [...labels])).toEqual([...whole.labels]);
      expect(parts.flatMap(({ images }) => [...images])).toEqual([...whole.images]);
      for (const part of parts) expect(part.hasBefore).toBeUndefined();
    }
  });

  it('have the image before them where images are mixed, unless they are empty', async () => {
    for (const [epoch, index] of BATCHES) {
      const whole = assembleBatch(set, mixing, epoch, index);
      const pixels = whole.images.length / whole.labels.length;
      let at = 0;
      for (const rank of [0, 1, 2, 3, 4, 5, 6]) {
        const options = { ...mixing, share: { rank, of: 7 } };
        const batch = batchOf(assembleBatch(set, options, epoch, index), 0);
        const stream = openBatchStream(set, options);
        expect({ ...(await stream.batch(epoch, index)), waitedMs: 0 }).toEqual(batch);
        const to = at + batch.count;
        expect(batch.labels).toEqual(whole.labels.subarray(at, to));
        expect(batch.images).toEqual(whole.images.subarray(at * pixels, to * pixels));
        const previous = at === 0 ? whole.labels.length - 1 : at - 1;
        expect(batch.before).toEqual(
          batch.count === 0
            ? undefined
            : {
                images: whole.images.subarray(previous * pixels, (previous + 1) * pixels),
                labels: whole.labels.subarray(previous, previous + 1),
              },
        );
        at = to;
      }
      expect(at).toBe(whole.labels.length);
    }
  });

  it('are not asked for where nothing is trained: each batch is whole', () => {
    const measuring = { ...plan, training: false };
    expect(assembleBatch(set, { ...measuring, share: { rank: 1, of: 2 } }, 0, 0)).toEqual(
      assembleBatch(set, measuring, 0, 0),
    );
  });
});
